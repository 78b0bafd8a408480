// What the operating system says of this process.

import Foundation

extension Metrics {
    /// Notes memory, processor time and open files; where the system has no `/proc`, processor time only.
    func noteProcess() {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        set("process_cpu_seconds_total", to: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
        if let bytes = residentBytes(of: "self") { set("process_resident_memory_bytes", to: Double(bytes)) }
        if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            set("process_open_fds", to: Double(files.count))
        }
    }
}

/// The resident memory of a process in bytes, where the system tells.
func residentBytes(of process: String) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
