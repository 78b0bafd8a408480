// Asks a prediction service what a photo shows: .build/release/AskAService http://127.0.0.1:8080 MODEL PHOTO

import Foundation
import OcelotClient

let arguments = CommandLine.arguments
guard arguments.count == 4, let service = URL(string: arguments[1]) else {
    print("Usage: AskAService http://127.0.0.1:8080 MODEL PHOTO")
    exit(2)
}
let client = PredictionClient(service, token: ProcessInfo.processInfo.environment["OCELOT_TOKEN"])
guard let photo = try? Data(contentsOf: URL(filePath: arguments[3])) else {
    print("Error: the photo \(arguments[3]) cannot be read.")
    exit(1)
}
do {
    for answer in try await client.predict(photo, by: arguments[2], top: 3).top {
        print("\(answer.label): \(answer.probability)")
    }
} catch {
    print("Error: \(error)")
    exit(1)
}
