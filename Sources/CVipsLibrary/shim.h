// Only carries the flags of pkg-config to CVips, whose C code includes libvips itself.
