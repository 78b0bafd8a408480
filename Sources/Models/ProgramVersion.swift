/// The version of the command, of the service and of the libraries: one text, which all of them show.
public let programVersion = "0.1.0"
