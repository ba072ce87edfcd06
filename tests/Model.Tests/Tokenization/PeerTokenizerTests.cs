using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Tokenizers;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>Our ids and offsets beside those of the Rust library, on texts drawn at random.</summary>
public sealed class PeerTokenizerTests
{
    private const int Texts = 20_000;

    [Theory]
    [InlineData("uncased")]
    [InlineData("cased")]
    [InlineData("uncased, accents kept")]
    [InlineData("cased, accents stripped")]
    [InlineData("added tokens as they are written")]
    [InlineData("added tokens that are single words")]
    [InlineData("added tokens that take white space")]
    [InlineData("added tokens that are normalized")]
    [InlineData("truncated on the right")]
    [InlineData("truncated on the left")]
    [InlineData("sequences, and a vocabulary with holes, tokens twice and shared ids")]
    public async Task Encode_RandomText_GivesTheIdsAndOffsetsOfTokenizers(string setting)
    {
        var json = PeerSettings.Of(setting);
        var texts = PeerTexts.Draw(Texts, seed: 20261128);
        var reference = await RustTokenizer.EncodeAsync(json, texts);
        Assert.Equal(Texts, reference.Count);
        var tokenizer = Load(json);
        var ids = new int[Math.Min(tokenizer.MaxLength, texts.Max(Encoding.UTF8.GetByteCount) + 2)];
        foreach (var (text, expected) in texts.Zip(reference))
        {
            var count = tokenizer.Encode(Encoding.UTF8.GetBytes(text), ids);
            if (!expected.Ids.AsSpan().SequenceEqual(ids.AsSpan(0, count)))
                Assert.Fail(Difference(text, expected.Ids, ids[..count]));
            if (json["truncation"] is null)
                CheckOffsets(tokenizer, text, expected);
        }
    }

    /// <summary>What a word is made of decides where a token is a single word.</summary>
    [Fact]
    public async Task Encode_AnyCharacterBesideASingleWord_GivesTheIdsOfTokenizers()
    {
        var json = PeerSettings.Of("added tokens that are single words");
        string[] texts =
        [
            .. Enumerable.Range(0, 0x110000).Where(Rune.IsValid)
                .Select(codePoint => new Rune(codePoint).ToString()).Chunk(64)
                .Select(some => string.Concat(some.Select(one => $"qwzx{one} {one}qwzx "))),
        ];
        var reference = await RustTokenizer.EncodeAsync(json, texts);
        var tokenizer = Load(json);
        foreach (var (text, expected) in texts.Zip(reference))
        {
            if (!expected.Ids.AsSpan().SequenceEqual(tokenizer.Ids(text)))
                Assert.Fail(Difference(text, expected.Ids, tokenizer.Ids(text)));
        }
    }

    private static WordPieceTokenizer Load(JsonNode json)
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.json", json.ToJsonString());
        return WordPieceTokenizer.Load(folder.Path, (int?)json["truncation"]?["max_length"] ?? int.MaxValue);
    }

    /// <summary>Of the text's own tokens; marks out of canonical order have places of their own in ours.</summary>
    private static void CheckOffsets(Tokenizer tokenizer, string text, RustEncoding expected)
    {
        var tokens = tokenizer.EncodeToTokens(text, out _);
        if (!expected.Ids[1..^1].SequenceEqual(tokens.Select(token => token.Id)))
            Assert.Fail(Difference(text, expected.Ids[1..^1], tokens.Select(token => token.Id)));
        if (text.Contains(PeerTexts.MarkThatMoves, StringComparison.Ordinal))
            return;
        var points = CodePointsBefore(text);
        var places = tokens.Select(token => points[token.Offset.Start.Value]..points[token.Offset.End.Value]);
        if (!expected.Offsets[1..^1].SequenceEqual(places))
            Assert.Fail(Difference(text, expected.Offsets[1..^1], places));
    }

    private static int[] CodePointsBefore(string text)
    {
        var before = new int[text.Length + 1];
        for (var i = 0; i < text.Length; i++)
            before[i + 1] = before[i] + (char.IsLowSurrogate(text[i]) ? 0 : 1);
        return before;
    }

    private static string Difference<T>(string text, IEnumerable<T> expected, IEnumerable<T> actual) =>
        $"{JsonSerializer.Serialize(text)}\nexpected {string.Join(' ', expected)}\ngot      {string.Join(' ', actual)}";
}
