// swift-tools-version: 6.2
import PackageDescription

// Scripts/fuzz builds with libFuzzer, which counts the branches of our own targets. lld: older linkers stumble over a
// second function main, libFuzzer's, which is not used.
let isFuzzed = Context.environment["OCELOT_FUZZ"] != nil

// Every Swift target carries the same settings; the targets stand in reading order.
let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + (isFuzzed ? [.define("LIBFUZZER"), .unsafeFlags(["-sanitize=fuzzer"])] : [])

func library(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: settings)
}

let package = Package(
    name: "ocelot",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Ocelot", targets: ["Ocelot"]),
        .executable(name: "ocelot", targets: ["OcelotCommand"]),
        .library(name: "OcelotClient", targets: ["OcelotClient"]),
        .executable(name: "ocelot-serve", targets: ["OcelotServe"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    ],
    targets: [
        // What people and models say of an image.
        library("Labels"),

        // Pictures.
        .systemLibrary(
            name: "CTurboJPEG", pkgConfig: "libturbojpeg",
            providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
        .systemLibrary(
            name: "CVipsLibrary", pkgConfig: "ocelot-vips", providers: [.apt(["libvips-dev"]), .brew(["vips"])]),
        .target(name: "CVips", dependencies: ["CVipsLibrary"]),
        .target(name: "CPixels"),
        library("Imaging", ["CPixels", "CTurboJPEG", "CVips"]),
        library("Datasets", ["Labels", "Imaging", .product(name: "Crypto", package: "swift-crypto")]),
        library(
            "PhotoSources",
            [
                "Datasets", "Imaging",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),

        // Networks: weights in files, one description, its two readings.
        library("WeightFiles", [.product(name: "Crypto", package: "swift-crypto")]),
        library("Networks", ["WeightFiles", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        .systemLibrary(name: "COpenVINO", pkgConfig: "ocelot-openvino"),
        library("Inference", ["COpenVINO"]),
        .systemLibrary(name: "CTorchLibrary", pkgConfig: "ocelot-libtorch"),
        .target(name: "CTorch", dependencies: ["CTorchLibrary"], cxxSettings: [.headerSearchPath("gloo-stand-ins")]),
        // Processes that train together: their places, and the starting of them.
        library("Workers"),
        library("Torch", ["CTorch", "Networks", "WeightFiles", "Workers"]),

        // From photos to a model.
        library("Evaluation", ["Labels"]),
        library(
            "Models",
            [
                "Labels", "Imaging", "Inference", "Networks", "WeightFiles",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        // Predictions over HTTP; without libtorch.
        .target(name: "CConfinement"),
        library(
            "Service",
            [
                "CConfinement", "Imaging", "Inference", "Labels", "Models",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .executableTarget(
            name: "OcelotServe",
            dependencies: [
                "CConfinement", "Inference", "Models", "Service",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../lib/ocelot"])]),
        library(
            "OcelotClient",
            [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        library("RunHistory", [.product(name: "GRDB", package: "GRDB.swift")]),
        library(
            "Learning",
            [
                "Datasets", "Evaluation", "Imaging", "Inference", "Labels", "Models", "Networks", "Torch",
                "WeightFiles", "Workers",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(name: "CStarter", exclude: ["starter.safetensors"]),
        library(
            "Ocelot",
            [
                "CStarter", "Learning", "RunHistory", "Yams",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .executableTarget(
            name: "OcelotCommand",
            dependencies: [
                "Inference", "Ocelot", "OcelotClient", "PhotoSources", "Service",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings,
            // Where `Scripts/install` puts the libraries. Only this product has the flag, so the library stays usable.
            linkerSettings: [.unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../lib/ocelot"])]),

        // What the tests share: golden files, tolerances, where the photo sets lie.
        library("TestSupport"),
        tests("ImagingTests", ["Imaging"]),
        tests("DatasetsTests", ["Datasets", "Labels"]),
        tests(
            "PhotoSourcesTests",
            [
                "Datasets", "Imaging", "PhotoSources", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        tests("WeightFilesTests", ["WeightFiles"]),
        tests("WorkersTests", ["Workers"]),
        // A process of several that train together, for tests and for Scripts/check-two-machines.
        .executableTarget(
            name: "TrainTogether", dependencies: ["Torch", "WeightFiles", "Workers"], path: "Tests/TrainTogether",
            swiftSettings: settings),
        tests("TorchTests", ["Torch", "Networks", "WeightFiles", "Workers"]),
        tests("EvaluationTests", ["Evaluation", "Labels"]),
        tests("InferenceTests", ["Inference", "Networks", "Torch", "WeightFiles"]),
        tests("NetworksTests", ["Networks", "WeightFiles"]),
        tests("ModelsTests", ["Datasets", "Imaging", "Inference", "Labels", "Models", "Networks", "WeightFiles"]),
        tests(
            "ServiceTests",
            [
                "Datasets", "Imaging", "Inference", "Labels", "Models", "Networks", "Service", "WeightFiles",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        // Gives parsers changed bytes, for Scripts/check-serving.
        .executableTarget(
            name: "FuzzParsers",
            dependencies: [
                "Datasets", "Imaging", "Models", "PhotoSources", "Service", "TestSupport", "WeightFiles",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/FuzzParsers", swiftSettings: settings,
            linkerSettings: isFuzzed ? [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])] : []),
        tests(
            "ClientTests",
            [
                "OcelotClient", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        tests("RunHistoryTests", ["RunHistory"]),
        tests(
            "LearningTests",
            ["Datasets", "Evaluation", "Imaging", "Labels", "Learning", "Networks", "Torch", "WeightFiles"]),
        tests(
            "OcelotTests",
            [
                "Datasets", "Imaging", "Learning", "Models", "Networks", "Ocelot", "Torch", "WeightFiles",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        tests("CommandTests", ["Datasets", "Imaging", "OcelotClient", "OcelotCommand", "OcelotServe", "Workers"]),

    ],
    cxxLanguageStandard: .cxx20
)
