//! What the fields of the API look like, for the examples of its description. A field that means several things is named
//! with its schema. A test finds texts that have no word here.

use web::openapi::Words;

/// By the name of a field or parameter.
pub const WORDS: Words = &[("conf", "matsuri-days")];
