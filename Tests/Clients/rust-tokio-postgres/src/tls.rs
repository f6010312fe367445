//! TLS for tokio-postgres by OpenSSL, verify-full, with channel binding: what the crate postgres-openssl is, which Debian has not.
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::ssl::{SslConnector, SslMethod};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use tokio_openssl::SslStream;
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

#[derive(Clone)]
pub struct Tls(SslConnector);

impl Tls {
    pub fn new(authority: &str) -> Result<Tls, ErrorStack> {
        let mut builder = SslConnector::builder(SslMethod::tls())?;
        builder.set_ca_file(authority)?;
        Ok(Tls(builder.build()))
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Stream;
    type TlsConnect = Connect;
    type Error = ErrorStack;
    fn make_tls_connect(&mut self, host: &str) -> Result<Connect, ErrorStack> {
        Ok(Connect(self.0.configure()?.into_ssl(host)?))
    }
}

pub struct Connect(openssl::ssl::Ssl);

impl TlsConnect<Socket> for Connect {
    type Stream = Stream;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Self::Error>> + Send>>;
    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let mut stream = SslStream::new(self.0, socket)?;
            Pin::new(&mut stream).connect().await?;
            Ok(Stream(stream))
        })
    }
}

pub struct Stream(SslStream<Socket>);

impl TlsStream for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        let end_point = self.0.ssl().peer_certificate().and_then(|certificate| {
            let digest = certificate.signature_algorithm().object().nid().signature_algorithms()?.digest;
            let digest = match digest {
                Nid::MD5 | Nid::SHA1 => MessageDigest::sha256(),
                other => MessageDigest::from_nid(other)?,
            };
            Some(certificate.digest(digest).ok()?.to_vec())
        });
        end_point.map_or_else(ChannelBinding::none, ChannelBinding::tls_server_end_point)
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
