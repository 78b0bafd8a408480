// Where a worker stands, as the variables of the environment tell it.

import Foundation
import Testing
import Workers

@Suite struct WorkerPlaceTests {
    /// What torchrun sets for the second worker of the second of two machines with two workers each.
    static let torchrun = [
        "RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "node0",
        "MASTER_PORT": "29500",
    ]

    private func sentence(_ changes: [String: String?]) -> String {
        var environment = Self.torchrun
        for (name, value) in changes { environment[name] = value }
        do {
            return "no error: \(String(describing: try WorkerPlace(environment: environment)))"
        } catch {
            return "\(error)"
        }
    }

    @Test func nothingSetIsNoPlace() throws {
        #expect(try WorkerPlace(environment: ["HOME": "/root"]) == nil)
    }

    @Test func readsTorchrunsVariables() throws {
        let place = try #require(try WorkerPlace(environment: Self.torchrun))
        #expect(place.rank == 3)
        #expect(place.count == 4)
        #expect(place.localRank == 1)
        #expect(place.localCount == 2)
        #expect(place.address == "node0")
        #expect(place.port == 29500)
        #expect(!place.isHost)
        // What it tells others is what it was told.
        #expect(place.environment == Self.torchrun)
        #expect(place.threads >= 1)
    }

    @Test func localPlaceMayBeMissing() throws {
        var environment = Self.torchrun
        environment["LOCAL_RANK"] = nil
        environment["LOCAL_WORLD_SIZE"] = nil
        let place = try #require(try WorkerPlace(environment: environment))
        #expect(place.localRank == 0)
        #expect(place.localCount == 1)
    }

    @Test func workerZeroIsTheHostUnlessTorchrunIs() throws {
        var environment = Self.torchrun
        environment["RANK"] = "0"
        #expect(try #require(try WorkerPlace(environment: environment)).isHost)
        environment["TORCHELASTIC_USE_AGENT_STORE"] = "True"
        environment["TORCHELASTIC_RUN_ID"] = "job"
        environment["TORCHELASTIC_RESTART_COUNT"] = "2"
        let place = try #require(try WorkerPlace(environment: environment))
        #expect(!place.isHost)
        #expect(place.session == "ocelot/job/2")
    }

    @Test func halfSetIsAnError() {
        let advice =
            " A worker is told its place by RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT; unset all four to train in "
            + "one process."
        #expect(
            sentence(["MASTER_ADDR": nil, "MASTER_PORT": ""] as [String: String?])
                == "Set: RANK, WORLD_SIZE, LOCAL_RANK; missing: MASTER_ADDR, MASTER_PORT." + advice)
        #expect(throws: WorkersError.self) { try WorkerPlace(environment: ["LOCAL_RANK": "0"]) }
    }

    @Test(arguments: [
        ("RANK", "4", "a worker's number from 0 to 3"), ("RANK", "-1", "a worker's number from 0 to 3"),
        ("RANK", "one", "a worker's number from 0 to 3"), ("WORLD_SIZE", "0", "a number of workers from 1 to 4096"),
        ("WORLD_SIZE", "9999999", "a number of workers from 1 to 4096"), ("MASTER_PORT", "0", "a port from 1 to 65535"),
        ("MASTER_PORT", "65536", "a port from 1 to 65535"), ("LOCAL_RANK", "7", "a worker's number from 0 to 3"),
        ("LOCAL_WORLD_SIZE", "1", "a number of workers from 2 to 4"),
    ])
    func absurdValuesAreErrors(name: String, value: String, wanted: String) {
        #expect(sentence([name: value]).hasPrefix("\(name) is '\(value)', where \(wanted) is wanted."))
    }
}
