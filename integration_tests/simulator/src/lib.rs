//! TikTok's Business API on loopback.
