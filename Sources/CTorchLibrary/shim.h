// Only carries the flags of pkg-config to CTorch, whose C++ code includes libtorch itself.
