//! Images and videos that are uploaded: whole, by URL, by id, in pieces (`docs/tiktok-api.md` 7.6).

mod content;
mod form_data;
mod names;
mod pieces;
mod upload;

use crate::routes::{Route, get, own};

pub(in crate::routes) static ROUTES: &[Route] = &[
    own("/file/image/ad/upload/", upload::image),
    own("/file/video/ad/upload/", upload::video),
    own("/file/start/upload/", pieces::start),
    own("/file/transfer/upload/", pieces::transfer),
    own("/file/finish/upload/", pieces::finish),
    own("/file/image/ad/update/", names::rename_image),
    own("/file/video/ad/update/", names::rename_video),
    get("/file/name/check/", names::check),
];
