//! What the socket's frames promise for any text.

use crate::frame::{ClientFrame, ServerFrame};

/// A frame as it comes from outside.
pub(crate) fn rt_frame(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(frame) = serde_json::from_str::<ClientFrame>(text) {
        let written = serde_json::to_string(&frame).expect("what was read can be written");
        let again: ClientFrame =
            serde_json::from_str(&written).expect("what was written can be read");
        assert_eq!(serde_json::to_string(&again).expect("again"), written);
    }
    let _ = serde_json::from_str::<ServerFrame>(text);
}
