//! What is kept here about people: who made which key and test, chose an input, brought a film, took care of an alarm.

use db::sql;
use identity::{Deed, Deeds, Holder};

/// Answers for this feature when somebody wants to know, or leaves.
pub fn people() -> impl Holder {
    Deeds {
        name: "studio",
        label: "studio-kept-deeds",
        done: sql!(Deed:
            "SELECT created_at AS at, conference, 'stream key made' AS what FROM stream_key WHERE created_account = $1
             UNION ALL SELECT revoked_at AS at, conference, 'stream key revoked' AS what FROM stream_key
             WHERE revoked_account = $1 AND revoked_at IS NOT NULL
             UNION ALL SELECT changed_at AS at, conference, 'input chosen' AS what FROM input_order WHERE changed_account = $1
             UNION ALL SELECT created_at AS at, conference, 'encoder test made' AS what FROM encoder_test
             WHERE created_account = $1
             UNION ALL SELECT uploaded_at AS at, conference, 'film brought' AS what FROM slate WHERE uploaded_account = $1
             UNION ALL SELECT changed_at AS at, conference, 'clips in breaks' AS what FROM break_clips
             WHERE changed_account = $1
             UNION ALL SELECT acknowledged_at AS at, conference, 'alarm acknowledged' AS what FROM alarm
             WHERE acknowledged_account = $1 AND acknowledged_at IS NOT NULL
             ORDER BY at, what, conference"),
        unnamed: vec![
            sql!(
                "UPDATE stream_key SET created_by = $2, created_account = NULL WHERE created_account = $1"
            ),
            sql!(
                "UPDATE stream_key SET revoked_by = $2, revoked_account = NULL WHERE revoked_account = $1"
            ),
            sql!(
                "UPDATE input_order SET changed_by = $2, changed_account = NULL WHERE changed_account = $1"
            ),
            sql!(
                "UPDATE encoder_test SET created_by = $2, created_account = NULL WHERE created_account = $1"
            ),
            sql!(
                "UPDATE slate SET uploaded_by = $2, uploaded_account = NULL WHERE uploaded_account = $1"
            ),
            sql!(
                "UPDATE break_clips SET changed_by = $2, changed_account = NULL WHERE changed_account = $1"
            ),
            sql!(
                "UPDATE alarm SET acknowledged_by = $2, acknowledged_account = NULL WHERE acknowledged_account = $1"
            ),
        ],
    }
}
