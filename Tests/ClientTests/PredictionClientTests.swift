// What the client says when there is no answer, and what it makes of answers.

import Foundation
import NIOCore
import NIOHTTP1
import OcelotClient
import Testing

@Suite struct PredictionClientTests {
    private let photo = Data([1, 2, 3])

    /// Why asking failed; nil if it did not, or failed otherwise.
    private func reason(_ url: URL, time: Duration = .seconds(600)) async -> Unreachable? {
        var client = PredictionClient(url)
        client.timeout = time
        do {
            _ = try await client.predict(photo, by: "m")
        } catch PredictionError.unreachable(let place, let reason) {
            #expect(place == url)
            return reason
        } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    private func url(_ text: String) throws -> URL { try #require(URL(string: text)) }

    @Test func nothingListens() async throws {
        let place = OtherEnd.nowhere
        #expect(await reason(place) == .refused)
        #expect(
            PredictionError.unreachable(place, .refused).description
                == "\(place) does not answer: nothing listens there. Check the address and the port, and that the service runs."
        )
    }

    /// Two dots in a row are in no name, so that nobody need be asked.
    @Test func unknownHost() async throws {
        let place = try url("http://nowhere..invalid:80")
        #expect(await reason(place) == .unknownHost("nowhere..invalid"))
    }

    @Test func noAnswerInTime() async throws {
        try await OtherEnd.hearing({ _ in }) { place in
            #expect(await reason(place, time: .milliseconds(300)) == .late)
        }
    }

    @Test func endsBeforeTheAnswer() async throws {
        try await OtherEnd.hearing({ $0.close(promise: nil) }) { place in
            #expect(await reason(place) == .closed)
        }
    }

    @Test func isNoWebServer() async throws {
        let words = ByteBuffer(string: "220 mail.example ESMTP, who are you?\r\n")
        try await OtherEnd.hearing({ $0.writeAndFlush(NIOAny(words), promise: nil) }) { place in
            #expect(await reason(place) == .noHTTP)
        }
    }

    @Test func isNotEncrypted() async throws {
        try await OtherEnd.serving({ _ in (.ok, "{}") }) { place in
            let encrypted = try url(place.absoluteString.replacing("http:", with: "https:"))
            #expect(await reason(encrypted) == .encryption)
        }
    }

    @Test func saysWhatTheServiceSays() async throws {
        let refusal = #"{"error":"64 images wait already.","code":"queue_full","status":503,"request_id":"x"}"#
        try await OtherEnd.serving({ _ in (.serviceUnavailable, refusal) }) { place in
            let expected = PredictionError.refused(
                status: 503, code: "queue_full", reason: "64 images wait already.", retryAfter: nil)
            await #expect(throws: expected) { try await PredictionClient(place).predict(photo, by: "m") }
        }
        try await OtherEnd.serving({ _ in (.ok, "<html>") }) { place in
            await #expect(throws: PredictionError.unknownAnswer) {
                try await PredictionClient(place).predict(photo, by: "m")
            }
        }
    }

    @Test func readsAnswers() async throws {
        let model = #""model":{"name":"m","version":"2","task":"classification"},"id":"x","timing_ms":{"total":1.5}"#
        let top = #""top":[{"label":"can","index":1,"probability":0.75}],"labels":["can"],"accepted":true"#
        let explanation = """
            "explanation":{"label":"can","index":1,"method":"occlusion","grid":[[1,-0.5],[0,2]],\
            "region":{"x":-1.5,"y":0,"width":10,"height":10},"overlay":"iVBORw=="}
            """
        try await OtherEnd.serving({ address in
            // One model has a threshold for all, another one for each label.
            let more =
                address.contains("explain=true&explain_class=can")
                ? "\"threshold\":0.5,\(explanation)" : "\"thresholds\":{\"can\":0.6}"
            return (.ok, "{\(model),\"predictions\":[{\(top),\(more)}]}")
        }) { place in
            let client = PredictionClient(place)
            let plain = try await client.predict(photo, by: "m")
            #expect(plain.threshold == nil && plain.labels == ["can"] && plain.explanation == nil)
            #expect(plain.model.version == "2" && plain.computation == .microseconds(1500))
            let explained = try await client.predict(photo, by: "m", explaining: .named("can"))
            #expect(explained.threshold == 0.5)
            let found = try #require(explained.explanation)
            #expect(found.grid == [[1, -0.5], [0, 2]] && found.region.x == -1.5)
            // "iVBORw==" are the first four bytes of every PNG file.
            #expect(found.overlay == Data([0x89, 0x50, 0x4E, 0x47]))
        }
    }

    @Test func namesTheModelsThatThereAre() async throws {
        func model(_ name: String, _ version: String) -> String {
            #"{"name":"\#(name)","version":"\#(version)","task":"classification","classes":3}"#
        }
        for (models, expected) in [
            ([model("b", "1"), model("a", "2")], PredictionError.severalModels(["a", "b"])), ([], .noModels),
            ([model("a", "1"), model("a", "2")], nil),
        ] {
            let text = "{\"models\":[\(models.joined(separator: ","))]}"
            try await OtherEnd.serving({ _ in (.ok, text) }) { place in
                let client = PredictionClient(place)
                if let expected {
                    await #expect(throws: expected) { try await client.onlyModel() }
                } else {
                    let name = try await client.onlyModel()
                    #expect(name == "a")
                }
            }
        }
        #expect(
            PredictionError.severalModels(["a", "b"]).description
                == "The service has several models. Say which: --model a, --model b.")
    }
}

@Suite struct LoadTestTests {
    /// Posts one byte; the many tests beside this one may keep the machine from answering for long.
    private func loadTest(_ place: URL) -> LoadTest {
        var test = LoadTest(place, images: [Data([1])])
        test.timeout = .seconds(600)
        return test
    }

    @Test func nothingAnswers() async throws {
        let place = OtherEnd.nowhere
        for pace in [LoadTest.Pace.closed(callers: 2), .open(perSecond: 50)] {
            await #expect(throws: PredictionError.unreachable(place, .refused)) {
                try await loadTest(place).run(pace, for: .milliseconds(200))
            }
        }
    }

    /// What is sent while warming up is not counted: at 100 a second for 0.3 s there are 30 requests, or one more or less.
    @Test func countsAfterTheWarmUp() async throws {
        try await OtherEnd.serving({ _ in (.ok, "{}") }) { place in
            let result = try await loadTest(place)
                .run(.open(perSecond: 100), for: .milliseconds(300), warmUp: .milliseconds(500))
            #expect((29...31).contains(result.sent) && result.statuses == [200: result.sent])
            #expect(result.warmUp == 0.5 && result.latency != nil)
            let closed = try await loadTest(place)
                .run(.closed(callers: 2), for: .milliseconds(200), warmUp: .zero)
            #expect(closed.sent == closed.statuses[200] && closed.sent > 0)
        }
    }

    /// A caller who begins when the time is over asks once all the same.
    @Test func everyCallerAsks() async throws {
        try await OtherEnd.serving({ _ in (.ok, "{}") }) { place in
            let result = try await loadTest(place).run(.closed(callers: 3), for: .nanoseconds(1), warmUp: .zero)
            #expect(result.statuses == [200: 3])
        }
    }

    @Test func refusalsAreAnswers() async throws {
        try await OtherEnd.serving({ _ in (.serviceUnavailable, "{}") }) { place in
            let result = try await loadTest(place)
                .run(.open(perSecond: 50), for: .milliseconds(200), warmUp: .zero)
            #expect(result.goodput == 0 && result.latency == nil && result.refusalLatency != nil)
            #expect(result.refusalsWithoutRetryAfter == result.sent)
        }
    }
}
