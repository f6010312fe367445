#!/usr/bin/env bash
# Man pages and completions of the executables in BIN, to SHARE. MANUAL is argument-parser's generate-manual. `make man` calls it.
set -euo pipefail
: "${BIN:?the directory of the executables}" "${SHARE:?where to write}" "${MANUAL:?generate-manual}"

rm -rf "$SHARE"
install -d "$SHARE"/man/man1 "$SHARE"/man/man8 "$SHARE"/bash-completion/completions "$SHARE"/zsh/site-functions \
  "$SHARE"/fish/vendor_completions.d
"$MANUAL" "$BIN/issuerctl" --multi-page --section 1 --output-directory "$SHARE/man/man1"
for daemon in issuerd issuer-proxy; do
  "$MANUAL" "$BIN/$daemon" --multi-page --section 8 --output-directory "$SHARE/man/man8"
done
"$BIN/issuerctl" --generate-completion-script bash >"$SHARE/bash-completion/completions/issuerctl"
"$BIN/issuerctl" --generate-completion-script zsh >"$SHARE/zsh/site-functions/_issuerctl"
"$BIN/issuerctl" --generate-completion-script fish >"$SHARE/fish/vendor_completions.d/issuerctl.fish"
