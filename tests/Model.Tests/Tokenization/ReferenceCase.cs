using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>A text with the ids that the reference gives it.</summary>
internal sealed record ReferenceCase(string Kind, byte[] Text, int[] Ids)
{
    public static IEnumerable<ReferenceCase> ReadAll(string name)
    {
        using var file = File.OpenRead(TestData.Directory("tokenizer", $"{name}.jsonl.gz"));
        using var lines = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            yield return new ReferenceCase(
                root.GetProperty("kind").GetString()!,
                Encoding.UTF8.GetBytes(root.GetProperty("text").GetString()!),
                [.. root.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())]);
        }
    }
}
