// The description of the routes for programs: OpenAPI 3.1, made from the routes themselves, so that none is missing.

import Models
import NIOHTTP1

/// Writes the description.
enum OpenAPI {
    static func document(of routes: [Route], hasTokens: Bool) -> JSON {
        var paths: [JSON.Member] = []
        for route in routes {
            let operation = JSON.Member(name: route.method.rawValue.lowercased(), value: operation(route, hasTokens))
            if let index = paths.firstIndex(where: { $0.name == route.pattern }),
                let members = paths[index].value.members
            {
                paths[index].value = .object(members + [operation])
            } else {
                paths.append(.init(name: route.pattern, value: .object([operation])))
            }
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Ocelot prediction service", "version": .string(programVersion),
                "description": "Asks image models. Every answer that is not 2xx has the form of Error.",
            ],
            "paths": .object(paths),
            "components": [
                "schemas": .object(OpenAPISchemas.all),
                "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
            ],
        ]
    }

    private static func operation(_ route: Route, _ hasTokens: Bool) -> JSON {
        var members: [JSON.Member] = [
            .init(name: "operationId", value: .string(name(of: route))),
            .init(name: "summary", value: .string(route.summary)),
        ]
        let parameters = parameters(of: route)
        if !parameters.isEmpty { members.append(.init(name: "parameters", value: .array(parameters))) }
        if let body = OpenAPISchemas.bodies[kind(of: route)] {
            members.append(.init(name: "requestBody", value: ["required": true, "content": body]))
        } else if route.hasBody {
            members.append(
                .init(name: "requestBody", value: ["content": ["application/json": ["schema": [:]]]]))
        }
        members.append(.init(name: "responses", value: .object(responses(route, hasTokens))))
        if case .needs = route.access, hasTokens {
            members.append(.init(name: "security", value: [["token": []]]))
        }
        return .object(members)
    }

    private static func name(of route: Route) -> String {
        let words = route.pattern.split { !$0.isLetter && !$0.isNumber }.map {
            $0.prefix(1).uppercased() + $0.dropFirst()
        }
        return route.method.rawValue.lowercased() + words.joined()
    }

    /// The last word of a pattern, by which bodies and answers are described.
    private static func kind(of route: Route) -> String {
        route.pattern.split { $0 == "/" || $0 == ":" }.last.map(String.init) ?? "/"
    }

    private static func parameters(of route: Route) -> [JSON] {
        var parameters: [JSON] = []
        for name in ["model", "version"] where route.pattern.contains("{\(name)}") {
            parameters.append([
                "name": .string(name), "in": "path", "required": true, "schema": ["type": "string", "minLength": 1],
            ])
        }
        switch kind(of: route) {
        case "predict", "embed":
            let explains = kind(of: route) == "predict"
            for (name, schema) in OpenAPISchemas.asked + (explains ? OpenAPISchemas.askedOfExplanations : []) {
                parameters.append(query(name, schema))
            }
        case "score": parameters.append(query("model", ["type": "string"]))
        default: break
        }
        return parameters
    }

    private static func query(_ name: String, _ schema: JSON) -> JSON {
        ["name": .string(name), "in": "query", "required": false, "schema": schema]
    }

    private static func responses(_ route: Route, _ hasTokens: Bool) -> [JSON.Member] {
        let type = OpenAPISchemas.answerTypes[route.pattern] ?? "application/json"
        let schema =
            OpenAPISchemas.answers[kind(of: route)] ?? ["type": type == "application/json" ? "object" : "string"]
        var content: [JSON.Member] = [.init(name: type, value: ["schema": schema])]
        if ["infer", "embed"].contains(kind(of: route)) {
            content.append(.init(name: "application/octet-stream", value: ["schema": ["type": "string"]]))
        }
        var members: [JSON.Member] = [
            .init(name: "200", value: ["description": "The answer.", "content": .object(content)])
        ]
        for (status, text) in statuses(of: route, hasTokens) {
            let type = status == 503 && type != "application/json" ? type : "application/json"
            let schema: JSON = type == "application/json" ? errorSchema(status, route) : ["type": "string"]
            members.append(
                .init(
                    name: "\(status)",
                    value: [
                        "description": .string(text),
                        "content": .object([.init(name: type, value: ["schema": schema])]),
                    ]))
        }
        return members
    }

    /// Readiness says in the same words as usual that it is not there.
    private static func errorSchema(_ status: Int, _ route: Route) -> JSON {
        status == 503 && !route.hasBody ? ["type": "object"] : ["$ref": "#/components/schemas/Error"]
    }

    private static func statuses(of route: Route, _ hasTokens: Bool) -> [(Int, String)] {
        var statuses: [(Int, String)] = [
            (400, "The request is not written as it should be."), (405, "The address takes other methods."),
            (408, "The request came too slowly."), (413, "The body is too long."),
            (431, "The header fields are too long."),
        ]
        if route.access != .watch {
            statuses.append((421, "The service is not called by this name."))
            if route.method != .GET { statuses.append((403, "The token, or the page, may not do this.")) }
        }
        if route.pattern.contains("{model}") || kind(of: route) == "score" {
            statuses.append((404, "There is no such model."))
        }
        if case .needs = route.access, hasTokens {
            statuses.append((401, "A token is missing, or not known."))
            if route.method == .GET { statuses.append((403, "The token may not do this.")) }
        }
        if route.access == .watch { statuses.append((503, "Not ready.")) }
        if route.hasBody {
            statuses += [
                (415, "An image is in a format that is not read."), (422, "An image is damaged, or too large."),
                (429, "Too many requests."), (500, "The service failed."), (503, "Too many images wait."),
                (504, "There was no answer in time."),
            ]
        }
        return statuses.sorted { $0.0 < $1.0 }
    }
}
