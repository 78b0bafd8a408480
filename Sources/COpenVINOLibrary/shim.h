// Only carries the flags of pkg-config to COpenVINO, whose C code includes OpenVINO itself.
