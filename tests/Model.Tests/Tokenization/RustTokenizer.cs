using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>What the reference gives for a text.</summary>
/// <param name="Ids">With [CLS] and [SEP].</param>
/// <param name="Offsets">Of the same tokens, in code points.</param>
internal sealed record RustEncoding(int[] Ids, Range[] Offsets);

/// <summary>Hugging Face's <c>tokenizers</c>, the Rust library as npm brings it, in a process of its own.</summary>
internal static class RustTokenizer
{
    private static readonly JsonSerializerOptions Readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task<IReadOnlyList<RustEncoding>> EncodeAsync(JsonNode tokenizer, IEnumerable<string> texts)
    {
        var peers = Path.Combine(TestData.RepositoryRoot, "tests", "peers");
        var node = Executables.Require("node");
        Executables.Demand(
            Directory.Exists(Path.Combine(peers, "node_modules", "tokenizers")),
            "needs npm's tokenizers in tests/peers: build/setup --tests");
        var input = new StringBuilder(tokenizer.ToJsonString(Readable)).Append('\n');
        foreach (var text in texts)
            input.Append(JsonSerializer.Serialize(text)).Append('\n');
        var start = new ProcessStartInfo(node, ["tokenizers.mjs"])
        {
            WorkingDirectory = peers,
            StandardOutputEncoding = Encoding.UTF8,
        };
        var output = await Executables.OutputOfAsync(start, input.ToString());
        return [.. output.TrimEnd().Split('\n').Select(Parsed)];
    }

    private static RustEncoding Parsed(string line)
    {
        var (ids, offsets) = (Numbers(line.Split(';')[0]), Numbers(line.Split(';')[1]));
        return new RustEncoding(ids, [.. offsets.Chunk(2).Select(pair => pair[0]..pair[1])]);
    }

    private static int[] Numbers(string text) =>
        [.. text.Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
}
