//! stub
#[derive(Clone,Debug)] pub struct Bus; #[derive(Clone,Debug)] pub struct Tasks;
impl Bus { pub fn publish(&self,_t:&str,_p:&impl serde::Serialize){} }
pub mod mail {
 pub struct Mail{pub to:String,pub subject:String,pub text:String,pub html:Option<String>}
 pub async fn queue(_:&mut db::Tx,_:&Mail,_:&str,_:kernel::Timestamp)->kernel::Result<()>{Ok(())}
 pub struct Kept{pub to:String,pub subject:String,pub text:String,pub created_at:kernel::Timestamp}
 pub async fn mailbox(_:&db::Db,_:i64)->kernel::Result<Vec<Kept>>{Ok(vec![])}
}
