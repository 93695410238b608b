"""One collator of the bridge, as machines without input and output: it hears pulses, makes blocks, finalises them."""
