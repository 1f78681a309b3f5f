//! Refused rows in a bucket, where Airbyte's platform looks for them: `{bucket_path}/{sync}/{stream}/…`
//! (airbyte.md 2.3).

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use secrecy::ExposeSecret;

use super::safe;
use crate::clock;
use crate::config::destination::Bucket;
use crate::error::{Error, Kind, Result};

pub(super) struct Store {
    s3: AmazonS3,
    folder: String,
    parts: u64,
}

impl Store {
    pub(super) fn open(bucket: &Bucket, sync: u64) -> Result<Self> {
        // Fails only when a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder =
            AmazonS3Builder::from_env().with_bucket_name(&bucket.s3_bucket_name).with_region(&bucket.s3_bucket_region);
        if let Some(endpoint) = &bucket.s3_endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(is_loopback(endpoint));
        }
        if let (Some(id), Some(secret)) = (&bucket.access_key_id, &bucket.secret_access_key) {
            builder = builder.with_access_key_id(id.expose_secret()).with_secret_access_key(secret.expose_secret());
        }
        let s3 = builder.build().map_err(|error| {
            Error::config(format!("`object_storage_config` leads to no bucket: {error}"))
                .advise("Check name, region and endpoint of the bucket.")
        })?;
        Ok(Self { s3, folder: format!("{}/{sync}", bucket.bucket_path.trim_matches('/')), parts: 0 })
    }

    /// Stores lines as one object; it is there when this returns.
    pub(super) async fn put(&mut self, stream: &str, lines: String) -> Result<()> {
        self.parts += 1;
        let now = clock::now();
        let name = format!("{}_{}_{}.jsonl", now.format("%Y_%m_%d"), now.timestamp_millis(), self.parts);
        let path = Path::from(format!("{}/{}/{name}", self.folder, safe(stream)));
        self.s3.put(&path, PutPayload::from(lines.into_bytes())).await.map(drop).map_err(|error| {
            Error::new(Kind::Unavailable, "Cannot store rejected rows in the bucket")
                .advise("Check that the keys may write to the bucket; the rows since the last STATE are sent again by the next sync.")
                .because(error)
        })
    }
}

/// Plain http would show the rows to the network.
fn is_loopback(endpoint: &str) -> bool {
    ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].iter().any(|start| endpoint.starts_with(start))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Takes one request and answers as S3 does; gives what came.
    async fn s3(listener: TcpListener, status: &str) -> String {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"END\n") {
            assert_ne!(socket.read_buf(&mut request).await.unwrap(), 0);
        }
        let answer = format!("HTTP/1.1 {status}\r\nETag: \"1\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        socket.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&request).into_owned()
    }

    async fn put(status: &str) -> (Result<()>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bucket = Bucket {
            s3_bucket_name: "rejects".into(),
            s3_bucket_region: "eu-west-1".into(),
            bucket_path: "/a/b/".into(),
            s3_endpoint: Some(format!("http://{}", listener.local_addr().unwrap())),
            access_key_id: Some("id".into()),
            secret_access_key: Some("secret".into()),
        };
        let mut store = Store::open(&bucket, 7).unwrap();
        tokio::join!(store.put("s/1", "{}END\n".to_owned()), s3(listener, status))
    }

    #[tokio::test]
    async fn rows_lie_where_the_platform_looks() {
        let (stored, request) = put("200 OK").await;
        stored.unwrap();
        assert!(request.starts_with("PUT /rejects/a/b/7/s_1/"), "{request}");
        assert!(!request.contains("secret"), "{request}");
    }

    #[tokio::test]
    async fn what_was_not_stored_is_an_error() {
        let (stored, _) = put("403 Forbidden").await;
        assert_eq!(stored.unwrap_err().kind(), Kind::Unavailable);
    }
}
