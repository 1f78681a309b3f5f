pub mod config; pub mod error; pub mod protocol; pub mod source; pub mod streams; pub mod tiktok;
