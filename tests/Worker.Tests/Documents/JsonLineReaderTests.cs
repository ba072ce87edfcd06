using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using FineWebTorch.Model;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Tests.Documents;

public sealed class JsonLineReaderTests
{
    [Theory]
    [InlineData("{\"text\":\"a\"}\n{\"text\":\"b\"}\n", "a|b")]
    [InlineData("{\"text\":\"a\"}\n{\"text\":\"b\"}", "a|b")]
    [InlineData("{\"text\":\"a\"}\r\n\r\n  \n{\"text\":\"b\"}\r\n", "a|b")]
    [InlineData("\uFEFF{\"text\":\"a\"}", "a")]
    [InlineData("{\"text\":\"\\u00e4\\n\\\"\\ud83d\\ude00\"}", "ä\n\"😀")]
    [InlineData("{\"text\":\"\"}", "")]
    [InlineData("{\"x\":{\"text\":\"no\"},\"y\":[1,{\"text\":2}],\"text\":\"yes\",\"z\":null}", "yes")]
    [InlineData("{\"text\":\"first\",\"text\":\"last\"}", "last")]
    [InlineData(" {\"t\\u0065xt\" : \"a\"} ", "a")]
    public void Line_Valid_GivesItsText(string lines, string expected) =>
        Assert.Equal(expected, string.Join('|', Read(lines).Select(document => document.Text)));

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("\uFEFF")]
    public void Input_WithoutObjects_HasNoDocuments(string lines) => Assert.Empty(Read(lines));

    [Theory]
    [InlineData("{\"text\":null}", "NullText")]
    [InlineData("{\"text\":\"a\\ud800\"}", "InvalidUnicode")]
    [InlineData("{\"text\":\"\\udc00b\"}", "InvalidUnicode")]
    [InlineData("{\"text\":\"\\ud800\\u0041\"}", "InvalidUnicode")]
    public void Text_ThatCannotBeScored_SaysWhy(string line, string expected)
    {
        var documents = Read(line + "\n{\"text\":\"good\"}\n");
        Assert.Equal(Enum.Parse<UnscorableReason>(expected), documents[0].Fault);
        Assert.Equal("good", documents[1].Text);
    }

    [Fact]
    public void Text_WithBytesThatAreNotUtf8_CannotBeScored()
    {
        byte[] lines = [.. "{\"text\":\"a"u8, 0xFF, .. "b\"}\n{\"text\":\"good\"}"u8];
        var documents = Read(lines);
        Assert.Equal(UnscorableReason.InvalidUnicode, documents[0].Fault);
        Assert.Equal("good", documents[1].Text);
    }

    [Theory]
    [InlineData("{\"text\":\"a\"}\n{\"text\":", "in: line 2 is not valid JSON (byte 9)")]
    [InlineData("\n[1]\n", "in: line 2 is not a JSON object")]
    [InlineData("{\"other\":1}", "in: line 1 has no \"text\"; name another with --text-column")]
    [InlineData("{\"text\":5}", "in: line 1 has a \"text\" that is not a string")]
    [InlineData("{\"text\":\"a\"} {\"text\":\"b\"}", "in: line 1 is not valid JSON (byte 14)")]
    [InlineData("{\"text\":\"a\"", "in: line 1 is not valid JSON (byte 12)")]
    [InlineData("{\"a\":NaN,\"b\":-Infinity,\"c\":NaN,\"text\":nonsense}", "in: line 1 is not valid JSON (byte 40)")]
    [InlineData("{\"a\":-NaN,\"text\":\"a\"}", "in: line 1 is not valid JSON (byte 7)")]
    [InlineData("{\"a\":NaN1,\"text\":\"a\"}", "in: line 1 is not valid JSON (byte 9)")]
    [InlineData("nonsense", "in: line 1 is not valid JSON (byte 2)")]
    public void Line_Bad_IsNamed(string lines, string message) =>
        Assert.Equal(message, Assert.Throws<BadRecordException>(() => Read(lines)).Message);

    [Theory]
    [InlineData("{\"a\":", '[')]
    [InlineData("{\"a\":[", '[')]
    public void Line_OfGreatDepth_IsNamed(string before, char bracket) =>
        Assert.StartsWith(
            "in: line 1 is not valid JSON", Assert.Throws<BadRecordException>(() => Read(before + new string(bracket, 100_000))).Message,
            StringComparison.Ordinal);

    /// <summary>Half a megabyte that unfolds to one line without end.</summary>
    [Fact]
    public void Gzip_BombOfOneLine_IsReadNoFurtherThanALineMayGo()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var letters = new byte[1 << 20];
            letters.AsSpan().Fill((byte)'a');
            for (var i = 0; i < 300; i++)
                gzip.Write(letters);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<IOException>(() => Read(packed.ToArray()));

        Assert.Equal("in: line 1 is longer than 256 MiB; is this a file of lines?", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 600 << 20);
    }

    [Fact]
    public async Task Line_WithPythonsNumbers_GivesWhatPythonReads()
    {
        var python = Executables.Require("python3");
        const string script = """
            import json, math, random, sys
            random.seed(7)
            odd = [math.nan, math.inf, -math.inf, 1.5, "NaN", "a\\\"Infinity\"", None, True, {"k": math.nan}, [-math.inf, []]]
            for i in range(500):
                record = {f"k{j}": random.choice(odd) for j in range(random.randrange(4))}
                record["text"] = random.choice(["NaN", "\\", "-Infinity \"", "plain", math.nan, None])
                record.update({f"z{j}": random.choice(odd) for j in range(random.randrange(4))})
                text = record["text"]
                print(json.dumps([text if isinstance(text, str) else None]) + "\t" + json.dumps(record))
            """;
        var lines = (await Executables.OutputOfAsync(new ProcessStartInfo(python, ["-c", script])))
            .TrimEnd('\n').Split('\n').Select(line => line.Split('\t')).ToList();

        var documents = Read(string.Join('\n', lines.Select(line => line[1])));

        Assert.Equal(
            lines.Select(line => System.Text.Json.JsonSerializer.Deserialize<string?[]>(line[0])![0]),
            documents.Select(document => document.Fault == UnscorableReason.NullText ? null : document.Text));
    }

    [Theory]
    [InlineData("{\"id\":NaN,\"text\":\"a\"}")]
    [InlineData("{\"id\":-Infinity,\"text\":\"a\"}")]
    public void Id_ThatIsNoNumber_IsNone(string line) => Assert.Null(Read(line)[0].Id);

    [Fact]
    public void BadLines_LeftOut_CostThemselvesAlone()
    {
        var told = new List<string>();
        var bad = new BadRecords(told.Add);
        var lines = "{\"text\":\"a\"}\nnonsense\n{\"text\":5}\n{\"other\":1}\n[]\n{\"text\":\"b\"}\n{\"text\":";

        var documents = Read(Encoding.UTF8.GetBytes(lines), badRecords: bad);

        Assert.Equal([(0L, "a"), (1L, "b")], documents.Select(document => (document.Row, document.Text)));
        Assert.Equal(5, bad.Count);
        Assert.Equal("in: line 2 is not valid JSON (byte 2); left out", told[0]);
        Assert.Equal("in: line 7 is not valid JSON (byte 9); left out", told[4]);
    }

    [Fact]
    public void BadLines_VeryMany_AreToldOfOnceMore()
    {
        var told = new List<string>();
        var bad = new BadRecords(told.Add);

        Assert.Empty(Read(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("x\n", 5000))), badRecords: bad));

        Assert.Equal((5000, 11), (bad.Count, told.Count));
    }

    [Fact]
    public void Fault_AfterDocuments_ComesAfterThem()
    {
        using var source = Source("{\"text\":\"a\"}\n{\"text\":\"b\"}\nnonsense\n"u8.ToArray());

        Assert.True(source.Read(TestContext.Current.CancellationToken));
        Assert.Equal((2, true), (source.Count, source.EndsWindow));
        Assert.Throws<BadRecordException>(() => source.Read(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Id_NamedAndNotInTheFirstLine_IsRefused()
    {
        var fault = Assert.Throws<InvalidDataException>(() => Read(
            "{\"id\":1,\"text\":\"a\"}"u8.ToArray(), new RecordColumns("text", "key", RequiresId: true)));
        Assert.Equal("in: line 1 has no \"key\"; name another with --id-column", fault.Message);
        Assert.Equal(2, Read(
            "{\"id\":null,\"text\":\"a\"}\n{\"text\":\"b\"}"u8.ToArray(),
            new RecordColumns("text", "id", RequiresId: true)).Count);
    }

    [Theory]
    [InlineData("\"a\\u0062\"", "ab", false)]
    [InlineData("12", "12", true)]
    [InlineData("1e400", "1e400", true)]
    public void Id_OfEachKind_IsKept(string json, string text, bool isNumber) =>
        Assert.Equal(new DocumentId(text, isNumber), Read($"{{\"id\":{json},\"text\":\"a\"}}")[0].Id);

    [Theory]
    [InlineData("{\"text\":\"a\"}")]
    [InlineData("{\"id\":null,\"text\":\"a\"}")]
    [InlineData("{\"id\":[1],\"text\":\"a\"}")]
    public void Id_MissingOrOdd_IsNone(string line) => Assert.Null(Read(line)[0].Id);

    [Fact]
    public void Chunks_CountRowsOn()
    {
        var lines = string.Concat(Enumerable.Range(0, 5000).Select(i => $"{{\"text\":\"{i}\"}}\n\n"));
        var documents = Read(lines);
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => ((long)i, $"{i}")), documents.Select(d => (d.Row, d.Text)));
    }

    [Fact]
    public void Line_LongerThanAnyBuffer_IsRead()
    {
        var text = new string('x', 3_000_000);
        Assert.Equal(text, Read($"{{\"text\":\"{text}\"}}\n{{\"text\":\"b\"}}")[0].Text);
    }

    [Fact]
    public void Gzip_OfSeveralMembers_IsRead()
    {
        byte[] packed = [.. Pack("{\"text\":\"a\"}\n"), .. Pack("{\"text\":\"b\"}\n")];
        Assert.Equal(["a", "b"], Read(packed).Select(document => document.Text));
    }

    [Fact]
    public void Gzip_CutOffBetweenLines_IsRefused()
    {
        // Stored without compression, so that a cut falls exactly where a line ends.
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.NoCompression, leaveOpen: true))
            gzip.Write("{\"text\":\"a\"}\n{\"text\":\"b\"}\n"u8);
        var whole = packed.ToArray();
        var cut = whole[..whole.AsSpan().IndexOf("{\"text\":\"b\"}"u8)];

        var error = Assert.Throws<InvalidDataException>(() => Read(cut));
        Assert.Equal("in: the gzip data is damaged or cut off after line 1; fetch the file again", error.Message);
    }

    [Fact]
    public void Gzip_Damaged_IsRefused()
    {
        var packed = Pack(string.Concat(Enumerable.Range(0, 1000).Select(i => $"{{\"text\":\"{i}\"}}\n")));
        packed[^6] ^= 1;
        Assert.Contains(
            "damaged or cut off", Assert.Throws<InvalidDataException>(() => Read(packed)).Message,
            StringComparison.Ordinal);
    }

    private static byte[] Pack(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    private static List<(long Row, string Text, UnscorableReason Fault, DocumentId? Id)> Read(string lines) =>
        Read(Encoding.UTF8.GetBytes(lines));

    private static RecordSource Source(
        byte[] bytes, RecordColumns? columns = null, BadRecords? badRecords = null) => new(
        new JsonLineReader(
            InputStreams.Unpacked(new MemoryStream(bytes)), "in", columns ?? new RecordColumns("text", "id")),
        badRecords);

    private static List<(long Row, string Text, UnscorableReason Fault, DocumentId? Id)> Read(
        byte[] bytes, RecordColumns? columns = null, BadRecords? badRecords = null)
    {
        using var source = Source(bytes, columns, badRecords);
        var documents = new List<(long, string, UnscorableReason, DocumentId?)>();
        while (source.Read(TestContext.Current.CancellationToken))
        {
            for (var i = 0; i < source.Count; i++)
            {
                documents.Add((
                    source.FirstRow + i, Encoding.UTF8.GetString(source.Text(i)), source.FaultOf(i), source.Id(i)));
            }
        }

        return documents;
    }
}
