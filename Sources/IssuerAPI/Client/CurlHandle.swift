import CCurl

/// One libcurl handle with its connection, and all unsafe code of the HTTP client.
///
/// Not for two callers at once: `HTTPClient` hands it to one at a time, under its lock, which is why it may be `Sendable`.
@safe final class CurlHandle: @unchecked Sendable {
  /// `CURL *`, never nil.
  private let handle: UnsafeMutableRawPointer
  private let errorText: UnsafeMutablePointer<CChar>

  private static let isInitialized: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// - Returns: nil when libcurl cannot start or memory is short.
  init?() {
    guard Self.isInitialized, let handle = unsafe curl_easy_init() else { return nil }
    unsafe self.handle = unsafe handle
    unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    unsafe curl_easy_cleanup(handle)
    unsafe errorText.deallocate()
  }

  /// Sends a request and gives the body's bytes to `receive` as they come, until it returns false.
  ///
  /// - Parameter goesOn: asked about once a second, also in silence.
  func perform(
    _ exchange: HTTPExchange, receive: (ArraySlice<UInt8>) -> Bool, goesOn: () -> Bool
  ) throws(HTTPFailure) -> Int {
    // Keeps connections, sessions and name look-ups; forgets every option.
    unsafe curl_easy_reset(handle)
    unsafe errorText[0] = 0
    unsafe set(CURLOPT_ERRORBUFFER, errorText)
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_CONNECTTIMEOUT_MS, 10_000)
    set(CURLOPT_TCP_KEEPALIVE, 1)
    set(CURLOPT_TIMEOUT_MS, exchange.timeoutMilliseconds)
    if exchange.silenceSecondsMax > 0 {
      set(CURLOPT_LOW_SPEED_LIMIT, 1)
      set(CURLOPT_LOW_SPEED_TIME, exchange.silenceSecondsMax)
    }
    text(CURLOPT_URL, exchange.url)
    switch exchange.endpoint {
    case .unixSocket(let path):
      text(CURLOPT_PROTOCOLS_STR, "http")
      text(CURLOPT_UNIX_SOCKET_PATH, path)
      text(CURLOPT_PROXY, "")
    case .https(_, let authorityFile):
      text(CURLOPT_PROTOCOLS_STR, "https")
      set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
      if let authorityFile { text(CURLOPT_CAINFO, authorityFile) }
    }
    text(CURLOPT_CUSTOMREQUEST, exchange.method)
    var headers: UnsafeMutablePointer<curl_slist>?
    for header in exchange.headers { unsafe headers = unsafe curl_slist_append(headers, header) }
    defer { unsafe curl_slist_free_all(headers) }
    unsafe set(CURLOPT_HTTPHEADER, headers)
    return try unsafe exchange.body.withUnsafeBufferPointer { body throws(HTTPFailure) in
      if exchange.hasBody {
        unsafe iss_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        unsafe set(CURLOPT_POSTFIELDS, body.baseAddress)
      }
      return try run(receive, goesOn)
    }
  }

  private func run(_ receive: (ArraySlice<UInt8>) -> Bool, _ goesOn: () -> Bool) throws(HTTPFailure) -> Int {
    // libcurl calls back on this thread, inside curl_easy_perform, so the closures do not escape.
    let code = withoutActuallyEscaping(receive) { receive in
      withoutActuallyEscaping(goesOn) { goesOn in
        let callbacks = Callbacks(receive, goesOn)
        return withExtendedLifetime(callbacks) {
          let context = unsafe Unmanaged.passUnretained(callbacks).toOpaque()
          unsafe set(CURLOPT_WRITEDATA, context)
          unsafe set(CURLOPT_XFERINFODATA, context)
          set(CURLOPT_NOPROGRESS, 0)
          unsafe iss_curl_set_body(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
            let (length, overflow) = size.multipliedReportingOverflow(by: count)
            if overflow { return 0 }
            let callbacks = unsafe Unmanaged<Callbacks>.fromOpaque(context).takeUnretainedValue()
            let chunk = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: length))
            // Any other count than all of it ends the transfer.
            return callbacks.receive(chunk[...]) ? length : length &+ 1
          }
          unsafe iss_curl_set_progress(handle) { context, _, _, _, _ in
            guard let context = unsafe context else { return 1 }
            return unsafe Unmanaged<Callbacks>.fromOpaque(context).takeUnretainedValue().goesOn() ? 0 : 1
          }
          return unsafe curl_easy_perform(handle)
        }
      }
    }
    guard code == CURLE_OK else { throw failure(code) }
    var status = 0
    unsafe iss_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    return status
  }

  private final class Callbacks {
    let receive: (ArraySlice<UInt8>) -> Bool
    let goesOn: () -> Bool
    init(_ receive: @escaping (ArraySlice<UInt8>) -> Bool, _ goesOn: @escaping () -> Bool) {
      self.receive = receive
      self.goesOn = goesOn
    }
  }

  private func failure(_ code: CURLcode) -> HTTPFailure {
    let detail = unsafe String(cString: errorText)
    let text = detail.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : detail
    switch code {
    case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return .unreachable(text)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM:
      return .tls(text)
    case CURLE_OPERATION_TIMEDOUT: return .timedOut(text)
    case CURLE_WRITE_ERROR, CURLE_ABORTED_BY_CALLBACK: return .stopped
    default: return .lost(text)
    }
  }

  private func set(_ option: CURLoption, _ value: Int) { _ = unsafe iss_curl_set_long(handle, option, value) }

  @unsafe private func set(_ option: CURLoption, _ value: UnsafeRawPointer?) {
    _ = unsafe iss_curl_set_pointer(handle, option, value)
  }

  /// libcurl copies the text.
  private func text(_ option: CURLoption, _ value: String) {
    unsafe value.withCString { unsafe set(option, UnsafeRawPointer($0)) }
  }
}
