//! Files that are uploaded: images and videos, whole, by URL, by id, in pieces (`docs/tiktok-api.md` 7.6), and members
//! of audiences (5.2).

mod content;
mod form_data;
mod members;
mod names;
mod pieces;
mod table;
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
    own("/dmp/custom_audience/file/upload/", members::upload),
    own("/dmp/custom_audience/create/", members::create),
    own("/dmp/custom_audience/update/", members::update),
];
