// Models are found by name, version or path, and classes by name.
import Foundation
import Models
import TestSupport
import Testing

@Suite struct ModelPackageNameTests {
    @Test func findsModels() async throws {
        try await withTemporaryFolder { folder in
            for place in ["models/fridge/2", "models/fridge/10", "models/textures/1", "else/where"] {
                try writePackage(folder.appending(path: place))
            }
            // Not versions: no manifest, no number, a number that is not written plainly.
            for place in ["models/fridge/11", "models/fridge/copy", "models/fridge/007", "models/empty"] {
                try FileManager.default.createDirectory(
                    at: folder.appending(path: place), withIntermediateDirectories: true)
            }
            func found(_ text: String) throws -> String {
                String(try ModelPackage.locate(text, in: folder).path.dropFirst(folder.path.count + 1))
            }
            #expect(try found("fridge") == "models/fridge/10")
            #expect(try found("fridge:latest") == "models/fridge/10")
            #expect(try found("fridge:2") == "models/fridge/2")
            #expect(try found("models/fridge/2") == "models/fridge/2")
            #expect(try found("models/fridge/latest") == "models/fridge/10")
            #expect(try found("models/fridge") == "models/fridge/10")
            #expect(try found(folder.appending(path: "else/where").path) == "else/where")
            #expect(ModelPackage.names(in: folder) == ["fridge", "textures"])
            #expect(ModelPackage.versions(of: "fridge", in: folder) == [2, 10])
            #expect(ModelPackage.versions(of: "../else", in: folder) == [])
        }
    }

    @Test func saysWhichModelsThereAre() async throws {
        try await withTemporaryFolder { folder in
            #expect(
                sentence { try ModelPackage.locate("fridge", in: folder) } == """
                    There is no model 'fridge': the workspace has no models yet. \
                    Train one with 'ocelot train classifier'.
                    """)
            for place in ["models/fridge/2", "models/fridge/3", "models/textures/1"] {
                try writePackage(folder.appending(path: place))
            }
            #expect(
                sentence { try ModelPackage.locate("frigde", in: folder) }
                    == "There is no model 'frigde' in the workspace. There are: fridge, textures.")
            #expect(
                sentence { try ModelPackage.locate("fridge:7", in: folder) }
                    == "The model 'fridge' has no version 7. It has: 2, 3.")
            #expect(
                sentence { try ModelPackage.locate("no/such/place", in: folder) }.hasSuffix(
                    """
                    no/such/place is not a model package: it has no manifest.json. \
                    Give a package's folder or the name of a model.
                    """))
            #expect(throws: ModelPackageError.self) { try ModelPackage.locate("../fridge", in: folder) }
        }
    }

    @Test func namesAreWordsEverywhere() throws {
        for name in ["fridge", "fridge-2", "a", "2024.photos", "Under_scored"] {
            #expect(ModelPackage.isModelName(name))
        }
        let long = String(repeating: "a", count: 65)
        for name in ["", "..", ".hidden", "-rf", "a b", "a/b", "a:3", "früchte", "latest", long] {
            #expect(!ModelPackage.isModelName(name))
            #expect(throws: ModelPackageError.badName(name)) {
                try ModelPackage.folder(name, version: 1, in: URL(filePath: "/"))
            }
        }
        #expect(
            "\(ModelPackageError.badName("a b"))" == """
                'a b' cannot be the name of a model. A name has 1 to 64 letters (a–z), digits, '-', '_' and '.', \
                starts with a letter or a digit, and is not 'latest'.
                """)
    }

    @Test func scoresByNameNotByPosition() throws {
        let model = manifest()  // dotted, leopard, striped
        #expect(try model.indices(ofClasses: ["striped", "dotted", "leopard"]) == [2, 0, 1])
        #expect(try model.indices(ofClasses: ["striped"], acceptsMissing: true) == [2])
        #expect(
            try model.indices(ofClasses: ["Dots", "leopard", "striped"], mapping: ["Dots": "dotted"]) == [0, 1, 2])
    }

    @Test func saysHowClassesDiffer() throws {
        let model = manifest()
        #expect(
            sentence { try model.indices(ofClasses: ["dotted", "Leopard ", "striped", "zebra"]) } == """
                The classes of the data set are not those of the model. Only in the data set: 'Leopard ', 'zebra'. \
                Only in the model: 'leopard'. Rename the folders, or say which is which, as in 'Leopard =leopard'.
                """)
        #expect(
            sentence { try model.indices(ofClasses: ["striped", "dotted"]) } == """
                The classes of the data set are not those of the model. Only in the model: 'leopard'. \
                Add images of what is missing, or say that only some of the classes are to be scored.
                """)
        // A class too many is an error even where classes may be missing.
        let mismatch = #expect(throws: ClassMismatch.self) {
            try model.indices(ofClasses: ["striped", "zebra"], acceptsMissing: true)
        }
        #expect(mismatch?.extra == ["zebra"])
    }
}
