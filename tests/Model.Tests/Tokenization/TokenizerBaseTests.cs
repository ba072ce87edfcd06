using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Tokenizers;
using TestData = FineWebTorch.Support.TestData;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>The tokenizer where a <see cref="Tokenizer"/> of Microsoft.ML.Tokenizers is asked for.</summary>
public sealed class TokenizerBaseTests
{
    private static readonly Tokenizer Uncased = Tokenizers.Uncased512;

    [Theory]
    [InlineData("uncased", 4343)]
    [InlineData("uncased-max16", 600)]
    [InlineData("cased", 900)]
    [InlineData("lower-keep-accents", 900)]
    [InlineData("cased-strip-accents", 900)]
    [InlineData("no-cjk-spacing", 900)]
    [InlineData("no-clean", 900)]
    public void Encode_ReferenceCase_GivesTheReferencesIdsAndOffsets(string name, int expectedCases)
    {
        Tokenizer tokenizer = ReferenceSettings.Load(name);
        var (cases, limit) = (0, name == "uncased-max16" ? 14 : 510);
        foreach (var (one, line) in ReferenceCase.ReadAll(name).Zip(SpansOf(name)))
        {
            var spans = RangesOf(line);
            var text = System.Text.Encoding.UTF8.GetString(one.Text);
            var ids = tokenizer.EncodeToIds(text, limit, out _, out var consumed);
            Assert.True(one.Ids.AsSpan(1, one.Ids.Length - 2).SequenceEqual(ids.ToArray()), $"{cases} ({one.Kind})");
            if (spans.Length > 0 && spans.Length == ids.Count)
                Assert.InRange(consumed, spans[^1].End.Value, text.Length);

            var tokens = tokenizer.EncodeToTokens(text.Length < 100_000 ? text : text[..100_000], out _);
            if (!IsReordered(line) && !spans.SequenceEqual(tokens.Take(spans.Length).Select(token => token.Offset)))
                Assert.Equal(Shown(text, spans), Shown(text, tokens.Select(token => token.Offset)));
            cases++;
        }
        Assert.Equal(expectedCases, cases);
    }

    [Fact]
    public void Encode_MixedText_GivesTheReferencesTokensOffsetsAndDecoding()
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(ReferenceSettings.ModelFolder, "tokenizer.json")))!;
        foreach (var added in json["added_tokens"]!.AsArray())
        {
            added!["lstrip"] = (string?)added["content"] == "[MASK]";
            added["rstrip"] = (string?)added["content"] == "[SEP]";
        }
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.json", json.ToJsonString());
        var stripping = WordPieceTokenizer.Load(folder.Path);
        var lines = 0;
        foreach (var line in Lines("mixed"))
        {
            var text = line.GetProperty("text").GetString()!;
            var (split, normalize) = (line.GetProperty("split").GetBoolean(), line.GetProperty("normalize").GetBoolean());
            Tokenizer tokenizer = split ? stripping : Tokenizers.Uncased512;
            var tokens = tokenizer.EncodeToTokens(text, out var normalizedText, split, normalize);
            Assert.Null(normalizedText);
            Assert.Equal(line.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()!.Trim()),
                tokens.Select(token => token.Value));
            if (!IsReordered(line))
                Assert.Equal(Shown(text, RangesOf(line)), Shown(text, tokens.Select(token => token.Offset)));
            var ids = tokenizer.EncodeToIds(text, split, normalize);
            Assert.Equal(tokens.Select(token => token.Id), ids);
            Assert.Equal(ids.Count, tokenizer.CountTokens(text, split, normalize));
            Assert.Equal(line.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
            lines++;
        }
        Assert.Equal(1600, lines);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\u200B\u0301")]
    public void Encode_TextOfNoToken_GivesNone(string text)
    {
        Assert.Empty(Uncased.EncodeToIds(text));
        Assert.Empty(Uncased.EncodeToTokens(text, out _));
        Assert.Equal(0, Uncased.CountTokens(text));
        Assert.Equal(text.Length, Uncased.GetIndexByTokenCount(text, 1, out _, out var count));
        Assert.Equal(0, Uncased.GetIndexByTokenCountFromEnd(text, 1, out _, out _) + count);
        Assert.Empty(Uncased.EncodeToIds(text, 1, out _, out var consumed));
        Assert.Equal(text.Length, consumed);
        Assert.Equal("", Uncased.Decode([]));
    }

    /// <summary>Half a pair is no character: it is read as U+FFFD, one unit long, which cleaning removes.</summary>
    [Theory]
    [InlineData("to<ken", "token", "0..6")]
    [InlineData(">a 😀< b", "a", "1..2", "[UNK]", "3..5", "b", "7..8")]
    [InlineData("a<", "a", "0..1")]
    [InlineData("<😀", "[UNK]", "1..3")]
    public void EncodeToTokens_LoneSurrogate_IsReadAsReplacement(string pattern, params string[] expected)
    {
        var text = pattern.Replace('<', '\uD83D').Replace('>', '\uDE00');
        var tokens = Uncased.EncodeToTokens(text.AsSpan(), out _);
        Assert.Equal(expected, tokens.SelectMany(token => new[] { token.Value, token.Offset.ToString() }));
        Assert.Equal(tokens.Select(token => token.Id), Uncased.EncodeToIds(text.AsSpan()));
    }

    [Fact]
    public void EncodeToTokens_MarksOutOfOrder_HaveTheirOwnPlaces()
    {
        // U+302E is kept and U+0301 removed; in canonical order U+0301 comes first.
        var tokens = Uncased.EncodeToTokens("a \u302E\u0301 b", out _);
        Assert.Equal([0..1, 2..3, 5..6], tokens.Select(token => token.Offset));
    }

    [Theory]
    [InlineData("Café crème", "cafe", "0..4", "cr", "5..7", "##eme", "7..10")]
    [InlineData("Cafe\u0301 cre\u0301me", "cafe", "0..4", "cr", "6..8", "##eme", "8..12")]
    [InlineData("각a", "\u1100", "0..1", "##\u1161", "0..1", "##\u11A8", "0..1", "##a", "1..2")]
    [InlineData("a中文b", "a", "0..1", "中", "1..2", "文", "2..3", "b", "3..4")]
    [InlineData("a[SEP]b [sep]", "a", "0..1", "[SEP]", "1..6", "b", "6..7", "[", "8..9", "sep", "9..12", "]", "12..13")]
    public void EncodeToTokens_NormalizedText_HasOffsetsOfTheOriginal(string text, params string[] expected) =>
        Assert.Equal(expected, Uncased.EncodeToTokens(text, out _)
            .SelectMany(token => new[] { token.Value, token.Offset.ToString() }));

    [Fact]
    public void EncodeToTokens_WordTooLong_IsUnknownAsAWhole()
    {
        var text = "a " + new string('x', 101) + "é\u200B, b";
        var tokens = Uncased.EncodeToTokens(text, out _);
        Assert.Equal(["a", "[UNK]", ",", "b"], tokens.Select(token => token.Value));
        Assert.Equal(2..104, tokens[1].Offset);
        Assert.Equal(104, Uncased.GetIndexByTokenCount(text, 2, out _, out var count));
        Assert.Equal(2, count);
    }

    [Fact]
    public void Encode_TextLongerThanTheModelTakes_IsCutByMaxTokenCountAlone()
    {
        var text = string.Concat(Enumerable.Repeat("unbelievably, ", 1000));
        Assert.Equal(512, Tokenizers.Uncased512.Ids(text).Length);
        Assert.Equal(6000, Uncased.CountTokens(text));
        Assert.Equal(6000, Uncased.EncodeToIds(text).Count);
        Assert.Equal(6000, Uncased.EncodeToTokens(text, out _).Count);

        var cut = Uncased.EncodeToIds(text, 510, out var normalizedText, out var consumed);
        Assert.Null(normalizedText);
        Assert.Equal(Uncased.EncodeToIds(text).Take(510), cut);
        Assert.Equal((84 * 14) + 13, consumed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Encode_MaxTokenCountNotPositive_IsRefused(int maxTokenCount)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Uncased.EncodeToIds("a", maxTokenCount, out _, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => Uncased.GetIndexByTokenCount("a", maxTokenCount, out _, out _));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Uncased.GetIndexByTokenCountFromEnd("a", maxTokenCount, out _, out _));
    }

    [Theory]
    // Within a word from the start, between words from the end.
    [InlineData("Hello embeddings, world", 3, 11, 3, 16, 2)]
    [InlineData("Hello embeddings, world", 1, 5, 1, 18, 1)]
    [InlineData("Hello embeddings, world", 6, 17, 6, 6, 6)]
    [InlineData("Hello embeddings, world", 7, 23, 7, 0, 7)]
    [InlineData("embeddings", 2, 5, 2, 10, 0)]
    // Not within a character.
    [InlineData("각각", 2, 0, 0, 2, 0)]
    [InlineData("각각", 4, 1, 3, 2, 0)]
    [InlineData("  a  b  ", 1, 3, 1, 5, 1)]
    public void GetIndexByTokenCount_TextThatIsCut_FindsWhereItFits(
        string text, int max, int end, int countToEnd, int start, int countFromStart)
    {
        Assert.Equal(end, Uncased.GetIndexByTokenCount(text, max, out var normalizedText, out var count));
        Assert.Equal((countToEnd, (string?)null), (count, normalizedText));
        Assert.Equal(start, Uncased.GetIndexByTokenCountFromEnd(text, max, out normalizedText, out count));
        Assert.Equal((countFromStart, (string?)null), (count, normalizedText));
    }

    [Fact]
    public void GetIndexByTokenCount_AnyText_FindsWhatGivesSoManyTokensAlone() => Check.One(
        WordPieceTokenizerPropertyTests.Runs,
        Prop.ForAll(WordPieceTokenizerPropertyTests.Texts, text =>
        {
            var all = Uncased.EncodeToIds(text);
            return new[] { 1, 2, 3, 7, 20 }.All(max =>
            {
                var end = Uncased.GetIndexByTokenCount(text, max, out _, out var first);
                var start = Uncased.GetIndexByTokenCountFromEnd(text, max, out _, out var last);
                return first <= max && last <= max && (all.Count > max || (first == all.Count && last == all.Count))
                    && Uncased.EncodeToIds(text[..end]).SequenceEqual(all.Take(first))
                    && Uncased.EncodeToIds(text[start..]).SequenceEqual(all.TakeLast(last));
            });
        }));

    [Fact]
    public void Decode_LittleRoom_WritesWholeTokens()
    {
        var ids = Uncased.EncodeToIds("Embeddings, 3.14!");
        var room = new char[15];
        Assert.Equal("embeddings, 3. 14!", Uncased.Decode(ids));
        Assert.Equal(OperationStatus.DestinationTooSmall, Uncased.Decode(ids, room, out var consumed, out var written));
        Assert.Equal("embeddings, 3.", new string(room, 0, written));
        Assert.Equal(7, consumed);
        Assert.Equal(OperationStatus.Done, Uncased.Decode(ids, new char[18], out consumed, out written));
        Assert.Equal((8 + 1, 18), (consumed, written));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(30522)]
    public void Decode_NoId_IsRefused(int id)
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => Uncased.Decode([7592, id]));
        Assert.Contains($"{id} is no id", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(OperationStatus.InvalidData, Uncased.Decode([7592, id], new char[99], out var consumed, out _));
        Assert.Equal(1, consumed);
        Assert.Throws<ArgumentNullException>(() => Uncased.Decode(null!));
    }

    private static IEnumerable<JsonElement> Lines(string name)
    {
        using var file = File.OpenRead(TestData.Directory("tokenizer", $"{name}.jsonl.gz"));
        using var lines = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
            yield return JsonDocument.Parse(line).RootElement;
    }

    private static IEnumerable<JsonElement> SpansOf(string name) =>
        Lines("spans").Where(line => line.GetProperty("of").GetString() == name);

    /// <summary>
    /// Whether marks of the text are not in canonical order. The reference puts them in order without their places, so
    /// that a kept mark may have a removed one's place; ours is where the mark stands.
    /// </summary>
    private static bool IsReordered(JsonElement line) => line.TryGetProperty("reordered", out _);

    private static Range[] RangesOf(JsonElement line)
    {
        var end = 0;
        return
        [
            .. line.GetProperty("spans").EnumerateArray().Select(number => number.GetInt32()).Chunk(2).Select(pair =>
            {
                var start = end + pair[0];
                end = start + pair[1];
                return start..end;
            }),
        ];
    }

    private static string Shown(string text, IEnumerable<Range> ranges) =>
        string.Join(' ', ranges.Select(range => $"{range}:{text[range]}"));
}
