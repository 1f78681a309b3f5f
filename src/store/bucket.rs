//! Files in a bucket of S3, or of what speaks like it: `{bucket_path}/{folder}/…`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::TryStreamExt;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutMode, PutPayload, RetryConfig, UpdateVersion};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::purpose::Purpose;
use crate::clock;
use crate::config::destination as config;
use crate::error::{Error, Kind, Result};

/// Longest that one attempt may take.
const ATTEMPT_TIME_MAX: Duration = Duration::from_secs(15);
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// Attempts after the first.
const RETRIES_MAX: usize = 5;
/// After this long no attempt begins.
const RETRY_TIME_MAX: Duration = Duration::from_secs(30);
/// Longest that one call may take with all its attempts.
const CALL_TIME_MAX: Duration = Duration::from_secs(50);

const HTTP: &str = "http://";
/// Hosts of this machine.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// What an object was when it was read or put.
#[derive(Debug, Clone)]
pub(super) struct Version(UpdateVersion);

pub(super) struct Bucket {
    objects: Arc<dyn ObjectStore>,
    name: String,
    folder: String,
    purpose: Purpose,
    /// Objects of series that were put.
    parts: AtomicU64,
}

impl Bucket {
    pub(super) fn open(bucket: &config::Bucket, folder: &str, purpose: Purpose) -> Result<Self> {
        // Fails only when a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = ClientOptions::new().with_timeout(ATTEMPT_TIME_MAX).with_connect_timeout(CONNECT_TIME_MAX);
        let retry = RetryConfig { max_retries: RETRIES_MAX, retry_timeout: RETRY_TIME_MAX, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::from_env()
            .with_retry(retry)
            .with_bucket_name(&bucket.s3_bucket_name)
            .with_region(&bucket.s3_bucket_region);
        if let Some(endpoint) = &bucket.s3_endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let (Some(id), Some(secret)) = (&bucket.access_key_id, &bucket.secret_access_key) {
            builder = builder.with_access_key_id(id.expose_secret()).with_secret_access_key(secret.expose_secret());
        }
        // The environment may have named it.
        let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
        let http = endpoint.as_deref().is_some_and(is_http);
        if let Some(endpoint) = endpoint.filter(|endpoint| http && !is_loopback(endpoint)) {
            return Err(in_clear(&endpoint));
        }
        let s3 = builder.with_client_options(options.with_allow_http(http)).build().map_err(|error| {
            Error::config(format!("`object_storage_config` leads to no bucket: {error}"))
                .advise("Check name, region and endpoint of the bucket.")
        })?;
        Ok(Self {
            objects: Arc::new(s3),
            name: format!("the bucket {:?}", bucket.s3_bucket_name),
            folder: format!("{}/{folder}", bucket.bucket_path.trim_matches('/')).trim_start_matches('/').to_owned(),
            purpose,
            parts: AtomicU64::default(),
        })
    }

    #[cfg(test)]
    pub(super) fn in_memory() -> Self {
        Self {
            objects: Arc::new(object_store::memory::InMemory::new()),
            name: "the bucket".to_owned(),
            folder: "f".to_owned(),
            purpose: super::purpose::OF_TESTS,
            parts: AtomicU64::default(),
        }
    }

    #[cfg(test)]
    pub(super) fn again(&self) -> Self {
        Self {
            objects: self.objects.clone(),
            parts: AtomicU64::default(),
            name: self.name.clone(),
            folder: self.folder.clone(),
            ..*self
        }
    }

    /// What errors call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Stores lines as one more object of a series.
    pub(super) async fn append(&self, series: &str, lines: String) -> Result<()> {
        let part = self.parts.fetch_add(1, Ordering::Relaxed) + 1;
        let now = clock::now();
        let name = format!("{}_{}_{part}.jsonl", now.format("%Y_%m_%d"), now.timestamp_millis());
        self.put(&format!("{series}/{name}"), lines.into_bytes()).await
    }

    /// Stores an object; it is there when this returns, which it does within a minute.
    pub(super) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        let path = self.path(name);
        self.within(self.objects.put(&path, PutPayload::from(bytes))).await.map(drop)
    }

    /// Stores an object if it is as it was: not there without `version`, else still that version. `None`: it is not.
    pub(super) async fn put_if(&self, name: &str, bytes: Vec<u8>, version: Option<Version>) -> Result<Option<Version>> {
        let path = self.path(name);
        let mode = version.map_or(PutMode::Create, |Version(version)| PutMode::Update(version));
        let put = async {
            match self.objects.put_opts(&path, PutPayload::from(bytes), mode.into()).await {
                Ok(put) => Ok(Some(Version(put.into()))),
                Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.within(put).await
    }

    /// Reads an object with its version.
    pub(super) async fn read_version(&self, name: &str) -> Result<Option<(Vec<u8>, Version)>> {
        let path = self.path(name);
        let read = async {
            match self.objects.get(&path).await {
                Ok(found) => {
                    let version =
                        UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
                    Ok(Some((found.bytes().await?.to_vec(), Version(version))))
                }
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.within(read).await
    }

    /// Reads a part of an object, less where it ends.
    pub(super) async fn read_part(&self, name: &str, from: u64, length: usize) -> Result<Vec<u8>> {
        let path = self.path(name);
        let read = async {
            let size = self.objects.head(&path).await?.size;
            let to = size.min(from.saturating_add(length as u64));
            if from >= to {
                Ok(Vec::new())
            } else {
                self.objects.get_range(&path, from..to).await.map(|part| part.to_vec())
            }
        };
        self.within(read).await
    }

    /// Removes an object, if it is there.
    pub(super) async fn remove(&self, name: &str) -> Result<()> {
        let path = self.path(name);
        let remove = async {
            match self.objects.delete(&path).await {
                Err(object_store::Error::NotFound { .. }) => Ok(()),
                removed => removed,
            }
        };
        self.within(remove).await
    }

    /// The names of the folders in it.
    pub(super) async fn folders(&self) -> Result<Vec<String>> {
        let names = self.list().await?;
        let mut folders: Vec<String> =
            names.iter().filter_map(|name| Some(name.split_once('/')?.0.to_owned())).collect();
        folders.dedup();
        Ok(folders)
    }

    pub(super) async fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(name);
        let read = async {
            match self.objects.get(&path).await {
                Ok(found) => found.bytes().await.map(|bytes| Some(bytes.to_vec())),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.within(read).await
    }

    /// The names of its objects, in order.
    pub(super) async fn list(&self) -> Result<Vec<String>> {
        let folder = Path::from(self.folder.as_str());
        let objects: Vec<_> = self.within(self.objects.list(Some(&folder)).try_collect()).await?;
        let name = |object: object_store::ObjectMeta| {
            let parts: Vec<_> = object.location.prefix_match(&folder)?.map(|part| part.as_ref().to_owned()).collect();
            Some(parts.join("/"))
        };
        let mut names: Vec<String> = objects.into_iter().filter_map(name).collect();
        names.sort();
        Ok(names)
    }

    fn path(&self, name: &str) -> Path {
        Path::from(format!("{}/{name}", self.folder))
    }

    async fn within<T>(&self, call: impl Future<Output = object_store::Result<T>>) -> Result<T> {
        match timeout(CALL_TIME_MAX, call).await {
            Ok(Ok(out)) => Ok(out),
            Ok(Err(error)) => Err(refused(&self.name, self.purpose, &error)),
            Err(_) => Err(silent(&self.name, self.purpose)),
        }
    }
}

fn silent(bucket: &str, purpose: Purpose) -> Error {
    let (seconds, Purpose { what, otherwise, .. }) = (CALL_TIME_MAX.as_secs(), purpose);
    Error::new(Kind::Timeout, format!("Cannot store {what} in {bucket}: it did not answer within {seconds} s"))
        .advise(format!("Look at the network and at the endpoint of the bucket. {otherwise}"))
}

/// S3's refusal by its status; its text may repeat what was sent, so only the name of the fault is told.
fn refused(bucket: &str, purpose: Purpose, error: &object_store::Error) -> Error {
    let Purpose { what, otherwise, .. } = purpose;
    let text = error.to_string();
    let between = |start: &str, end: &str| text.split_once(start)?.1.split(end).next();
    let status: Option<u16> = between("status code: ", " ").and_then(|digits| digits.parse().ok());
    let Some(status) = status else {
        let why = if text.contains("timed out") { "it did not answer in time" } else { "no answer came" };
        return Error::new(Kind::Network, format!("Cannot store {what} in {bucket}: {why}"))
            .advise(format!("Look at the network and at the endpoint of the bucket. {otherwise}"))
            .with("cause", text);
    };
    let code = between("<Code>", "<").map_or_else(String::new, |code| format!(" ({code})"));
    let told = format!("Cannot store {what} in {bucket}: HTTP {status}{code}");
    match status {
        401 | 403 => Error::config(told)
            .advise("Check the keys in `object_storage_config`, and that they may write to the bucket."),
        300..500 if status != 429 => {
            Error::config(told).advise("Check name, region and endpoint of the bucket in `object_storage_config`.")
        }
        _ => Error::new(Kind::Unavailable, told).advise(otherwise),
    }
}

fn is_http(endpoint: &str) -> bool {
    endpoint.get(..HTTP.len()).is_some_and(|start| start.eq_ignore_ascii_case(HTTP))
}

/// What never leaves this machine.
fn is_loopback(endpoint: &str) -> bool {
    let host = endpoint.get(HTTP.len()..).unwrap_or_default().split('/').next().unwrap_or_default();
    LOOPBACK.iter().any(|name| {
        let port = host.strip_prefix(name).map(|rest| rest.strip_prefix(':').unwrap_or(rest));
        port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// Plain http would show the rows to the network. An address may hold a password, so only its host is told.
fn in_clear(endpoint: &str) -> Error {
    let host = endpoint.rsplit('@').next().unwrap_or_default().trim_start_matches(HTTP);
    let host = host.split(['/', '?']).next().unwrap_or_default();
    Error::config(format!("The endpoint of the bucket is {HTTP}{host}, but plain http leads to loopback hosts only"))
        .advise(
            "Give the endpoint a certificate and write it as https://, or reach it through a proxy with TLS beside the \
             connector (http://127.0.0.1).",
        )
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::purpose::OF_TESTS;
    use super::*;

    /// Takes one request and answers as S3 does; gives what came.
    async fn one(listener: &TcpListener, status: &str) -> String {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"END\n") {
            assert_ne!(socket.read_buf(&mut request).await.unwrap(), 0);
        }
        let body = "<Error><Code>WhyNot</Code><Message>secret things</Message></Error>";
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\nETag: \"1\"\r\nContent-Length: {length}\r\nConnection: close");
        socket.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
        String::from_utf8_lossy(&request).into_owned()
    }

    /// The same of every request, again and again where it is asked again; gives the first.
    async fn s3(listener: TcpListener, status: &str) -> String {
        let first = one(&listener, status).await;
        let status = status.to_owned();
        tokio::spawn(async move {
            loop {
                one(&listener, &status).await;
            }
        });
        first
    }

    async fn put(status: &str) -> (Result<()>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bucket = config::Bucket {
            s3_bucket_name: "rejects".into(),
            s3_bucket_region: "eu-west-1".into(),
            bucket_path: "/a/b/".into(),
            s3_endpoint: Some(format!("http://{}", listener.local_addr().unwrap())),
            access_key_id: Some("id".into()),
            secret_access_key: Some("secret".into()),
        };
        let bucket = Bucket::open(&bucket, "7", OF_TESTS).unwrap();
        tokio::join!(bucket.append("s_1", "{}END\n".to_owned()), s3(listener, status))
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for (endpoint, is_told) in [
            ("http://127.0.0.1:9000", false),
            ("http://localhost", false),
            ("http://[::1]:9000/", false),
            ("https://minio.example", false),
            ("http://10.0.0.1:9", true),
            ("HTTP://minio:9000", true),
            ("http://127.0.0.1:80@minio", true),
            ("http://127.0.0.1.example", true),
        ] {
            let bucket = config::Bucket {
                s3_bucket_name: "rejects".into(),
                s3_bucket_region: "eu-west-1".into(),
                bucket_path: String::new(),
                s3_endpoint: Some(endpoint.into()),
                access_key_id: Some("id".into()),
                secret_access_key: Some("secret".into()),
            };
            let error = Bucket::open(&bucket, "7", OF_TESTS).err();
            assert_eq!(error.is_some(), is_told, "{endpoint}: {error:?}");
            if let Some(error) = error {
                assert_eq!(error.kind(), Kind::Config);
                assert!(error.to_string().contains("but plain http leads to loopback hosts only"), "{error}");
            }
        }
    }

    #[tokio::test]
    async fn rows_lie_where_the_platform_looks() {
        let (stored, request) = put("200 OK").await;
        stored.unwrap();
        assert!(request.starts_with("PUT /rejects/a/b/7/s_1/"), "{request}");
        assert!(!request.contains("secret"), "{request}");
    }

    #[tokio::test]
    async fn what_was_not_stored_is_an_error_with_its_status() {
        for (status, kind) in [
            ("403 Forbidden", Kind::Config),
            ("401 Unauthorized", Kind::Config),
            ("404 Not Found", Kind::Config),
            ("503 Slow Down", Kind::Unavailable),
        ] {
            let error = put(status).await.0.unwrap_err();
            let told = format!("{error} {}", error.details());
            assert_eq!(error.kind(), kind, "{told}");
            assert!(told.contains(&format!("HTTP {} (WhyNot)", &status[..3])), "{told}");
            assert!(!told.contains("secret things"), "{told}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_that_hangs_is_given_up_within_a_minute() {
        let start = tokio::time::Instant::now();
        let hanging = std::future::pending::<object_store::Result<()>>();
        let error = Bucket::in_memory().within(hanging).await.unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
        assert_eq!(error.kind(), Kind::Timeout);
        assert!(error.to_string().contains("did not answer within 50 s"), "{error}");
    }
}
