//! Every claim, in the order of the documents. One that can be judged has a file of its own; it is
//! one more line here.

mod a1;
mod a12;
mod a13;
mod a2;
mod a3;
mod b1;
mod b3;
mod b4;
mod b6;
mod unjudged;

use super::Claim;

/// Every claim, in the order of the documents.
pub static ALL: &[&Claim] = &[
    &a1::CLAIM,
    &a2::CLAIM,
    &a3::CLAIM,
    &unjudged::A4,
    &unjudged::A5,
    &unjudged::A6,
    &unjudged::A7,
    &unjudged::A8,
    &unjudged::A9,
    &unjudged::A10,
    &unjudged::A11,
    &a12::CLAIM,
    &a13::CLAIM,
    &unjudged::A14,
    &unjudged::A15,
    &unjudged::A16,
    &unjudged::A17,
    &unjudged::A18,
    &unjudged::A19,
    &b1::CLAIM,
    &unjudged::B2,
    &b3::CLAIM,
    &b4::CLAIM,
    &unjudged::B5,
    &b6::CLAIM,
    &unjudged::C1,
    &unjudged::C2,
    &unjudged::C3,
    &unjudged::C4,
    &unjudged::C5,
    &unjudged::C6,
    &unjudged::C7,
    &unjudged::C8,
    &unjudged::C9,
];
