//! Files of slides, as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;
use web::Site;

use crate::programme::Programme;
use crate::store::Talk;

/// A file of slides.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SlidesOut {
    /// Where it is.
    #[schema(read_only)]
    url: String,
    /// What it is called.
    name: String,
    /// Its length.
    bytes: i64,
}

impl SlidesOut {
    /// The files of a talk.
    pub(super) fn all(site: &Site, programme: &Programme, talk: &Talk) -> Vec<Self> {
        let own = |slides: &crate::store::slides::Slides| Self {
            url: site.url(&crate::pages::slides::place(programme, talk, slides)),
            name: slides.name.clone(),
            bytes: slides.bytes,
        };
        programme.slides_of(&talk.id).map(own).collect()
    }
}
