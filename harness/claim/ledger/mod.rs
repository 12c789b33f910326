//! Every claim, in the order of the documents. One that can be judged has a file of its own; it is
//! one more line here.

mod a1;
mod a10;
mod a11;
mod a12;
mod a13;
mod a14;
mod a15;
mod a16;
mod a17;
mod a18;
mod a19;
mod a2;
mod a3;
mod a4;
mod a5;
mod a6;
mod a7;
mod a8;
mod a9;
mod b1;
mod b2;
mod b3;
mod b4;
mod b5;
mod b6;
mod unjudged;

use super::Claim;

/// Every claim, in the order of the documents.
pub static ALL: &[&Claim] = &[
    &a1::CLAIM,
    &a2::CLAIM,
    &a3::CLAIM,
    &a4::CLAIM,
    &a5::CLAIM,
    &a6::CLAIM,
    &a7::CLAIM,
    &a8::CLAIM,
    &a9::CLAIM,
    &a10::CLAIM,
    &a11::CLAIM,
    &a12::CLAIM,
    &a13::CLAIM,
    &a14::CLAIM,
    &a15::CLAIM,
    &a16::CLAIM,
    &a17::CLAIM,
    &a18::CLAIM,
    &a19::CLAIM,
    &b1::CLAIM,
    &b2::CLAIM,
    &b3::CLAIM,
    &b4::CLAIM,
    &b5::CLAIM,
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
