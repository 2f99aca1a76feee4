//! Stand-in.
/// x
#[derive(Debug)]
pub struct DeliveryStatus;
/// x
#[derive(Debug)]
pub struct Entry;
/// x
#[derive(Debug)]
pub struct Returned;
