import CTorch

/// The version of libtorch that the program runs with, such as "2.13.0".
public func libtorchVersion() -> String { String(cString: ct_version()) }
