using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace FineWebTorch.Coordinator.Tests.Kubernetes;

/// <summary>
/// The fields that objects of Kubernetes may and must have, and of what types, from its own OpenAPI document
/// (<c>schema.json</c>, which <c>schema.mjs</c> writes).
/// </summary>
internal static partial class ObjectSchema
{
    private static readonly Dictionary<string, Dictionary<string, string>> Types =
        JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(File.ReadAllBytes(Path.Combine(
            TestData.RepositoryRoot, "tests", "Coordinator.Tests", "Kubernetes", "schema.json")))!;

    /// <summary>A line for each field that is unknown, missing or of another type.</summary>
    public static IReadOnlyList<string> FaultsOf(JsonNode one)
    {
        if ((string?)one["kind"] is not { } kind || !Types.ContainsKey($"V1{kind}"))
            return [$"no such kind: {one["kind"]}"];
        return [.. OfObject(one, $"V1{kind}", kind)];
    }

    private static IEnumerable<string> OfObject(JsonNode? node, string type, string path)
    {
        if (node is not JsonObject fields)
            return [$"{path}: no {type}"];
        var known = Types[type];
        return
        [
            .. known.Keys.Where(name => name.EndsWith('!') && !fields.ContainsKey(name.TrimEnd('!')))
                .Select(name => $"{path}.{name.TrimEnd('!')}: missing"),
            .. fields.SelectMany(field =>
                (known.GetValueOrDefault(field.Key) ?? known.GetValueOrDefault(field.Key + "!")) is { } of
                    ? OfValue(field.Value, of, $"{path}.{field.Key}")
                    : [$"{path}.{field.Key}: no such field of {type}"]),
        ];
    }

    private static IEnumerable<string> OfValue(JsonNode? node, string type, string path)
    {
        if (ListPattern().Match(type) is { Success: true } list)
            return node is JsonArray items
                ? items.SelectMany((item, index) => OfValue(item, list.Groups[1].Value + list.Groups[2].Value, $"{path}[{index}]"))
                : [$"{path}: no list"];
        if (MapPattern().Match(type) is { Success: true } map)
            return node is JsonObject entries
                ? entries.SelectMany(entry => OfValue(entry.Value, map.Groups[1].Value + map.Groups[2].Value, $"{path}.{entry.Key}"))
                : [$"{path}: no map"];
        if (Types.ContainsKey(type))
            return OfObject(node, type, path);
        return IsScalar(node, type) ? [] : [$"{path}: {node?.ToJsonString() ?? "null"} is no {type}"];
    }

    private static bool IsScalar(JsonNode? node, string type) => node is JsonValue value && type switch
    {
        "string" => value.GetValueKind() == JsonValueKind.String,
        "string/byte" => value.GetValueKind() == JsonValueKind.String && IsBase64((string)value!),
        "boolean" => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number/int32" => value.TryGetValue<int>(out _),
        "number/int64" => value.TryGetValue<long>(out _),
        "IntOrString/int-or-string" => value.GetValueKind() is JsonValueKind.Number or JsonValueKind.String,
        _ => false,
    };

    private static bool IsBase64(string text) => Convert.TryFromBase64String(text, new byte[text.Length], out _);

    [GeneratedRegex("^Array<(.*)>(/.*)?$")]
    private static partial Regex ListPattern();

    [GeneratedRegex(@"^\{ \[key: string\]: (.*); \}(/.*)?$")]
    private static partial Regex MapPattern();
}
