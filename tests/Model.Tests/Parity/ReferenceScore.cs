using System.Text;
using System.Text.Json;

namespace FineWebTorch.Model.Tests.Parity;

/// <summary>What the original libraries give for a text.</summary>
/// <param name="Name">Where the text is from.</param>
/// <param name="Text">UTF-8.</param>
/// <param name="Tokens">With [CLS] and [SEP].</param>
/// <param name="Score">fp32, one text at a time.</param>
/// <param name="Precise">The same network in double precision, where it was computed.</param>
/// <param name="IntScore">The published rounding of <paramref name="Score"/>, where it was computed.</param>
internal sealed record ReferenceScore(
    string Name, byte[] Text, int Tokens, float Score, double? Precise, int? IntScore)
{
    private static readonly Lazy<Dictionary<string, byte[]>> Texts = new(() => Lines("texts").ToDictionary(
        line => line.GetProperty("id").GetString()!,
        line => Encoding.UTF8.GetBytes(line.GetProperty("text").GetString()!)));

    /// <summary>All texts that have a score by this model.</summary>
    public static IReadOnlyList<ReferenceScore> Of(string model) =>
    [
        .. Lines(model).Select(line =>
        {
            var id = line.GetProperty("id").GetString()!;
            return From(line, id, Texts.Value[id]);
        })
    ];

    public static ReferenceScore From(JsonElement line, string name, byte[] text) => new(
        name,
        text,
        line.GetProperty("tokens").GetInt32(),
        (float)line.GetProperty("score").GetDouble(),
        line.TryGetProperty("score_float64", out var precise) ? precise.GetDouble() : null,
        line.TryGetProperty("int_score", out var rounded) ? rounded.GetInt32() : null);

    public static IEnumerable<JsonElement> Lines(string name) =>
        File.ReadLines(TestData.Directory("scores", $"{name}.jsonl")).Select(line => JsonElement.Parse(line));
}
