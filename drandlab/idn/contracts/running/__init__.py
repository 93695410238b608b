"""How contracts run: what a contract is and sees, its messages and selectors, frames inside each other, and gas."""
