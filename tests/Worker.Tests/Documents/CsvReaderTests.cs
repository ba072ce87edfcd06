using System.Diagnostics;
using System.Text;
using System.Text.Json;
using FineWebTorch.Model;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Tests.Documents;

public sealed class CsvReaderTests
{
    /// <summary>Records of three values with all that csv has meanings for, as Python reads them.</summary>
    private const string Peer = """
        import csv, io, json, random, sys
        random.seed(11)
        pieces = ["a", "é", '"', '""', ",", "\n", "\r\n", " ", "5\"", "'", ""]
        def value(): return "".join(random.choice(pieces) for _ in range(random.randrange(5)))
        out = io.StringIO()
        if sys.argv[1] == "written":
            writer = csv.writer(out, lineterminator=random.choice(["\n", "\r\n"]))
            writer.writerow(["id", "text", "z"])
            for _ in range(2000): writer.writerow([value(), value(), value()])
        else:
            # What people type: quotes where they do not belong.
            loose = ["a", '"', '""', " ", "b", 'x"y', ""]
            out.write("id,text,z\n")
            while out.tell() < 40000:
                line = ",".join("".join(random.choice(loose) for _ in range(random.randrange(4))) for _ in range(3))
                rows = list(csv.reader(io.StringIO(line + "\n1,2,3\n", newline="")))
                if len(rows) == 2 and len(rows[0]) == 3: out.write(line + "\n")
        text = out.getvalue()
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row][1:]
        print(json.dumps([text, [[row[0], row[1]] for row in rows]]))
        """;

    [Theory]
    [InlineData("written")]
    [InlineData("typed")]
    public async Task Records_OfAllKinds_AreWhatPythonReads(string kind)
    {
        var python = Executables.Require("python3");
        var output = await Executables.OutputOfAsync(new ProcessStartInfo(python, ["-c", Peer, kind]));
        var answer = JsonSerializer.Deserialize<JsonElement>(output);
        var expected = answer[1].Deserialize<string[][]>()!;

        var documents = Read(answer[0].GetString()!);

        Assert.True(expected.Length > 500);
        Assert.Equal(expected.Select(row => (row[0], row[1])), documents.Select(one => (one.Id!.Value.Text, one.Text)));
    }

    [Theory]
    [InlineData("text\na\n\nb", "a|b")]
    [InlineData("\uFEFFtext,id\r\na,1\r\n", "a")]
    [InlineData("id,text\n1,\n2,\"\"\n", "|")]
    [InlineData("text\n\"a\r\nb\"\r\n", "a\r\nb")]
    public void Text_OfRecords_IsFound(string csv, string expected) =>
        Assert.Equal(expected, string.Join('|', Read(csv).Select(document => document.Text)));

    [Theory]
    [InlineData("", "in: is empty; its first line must name the columns")]
    [InlineData("a,b\n1,2\n", "in: has no column 'text', only a, b; name another with --text-column")]
    [InlineData("text\n\"never closed\nb\nc\n", "in: line 2 opens a quote that is never closed")]
    public void File_ThatCannotBeRead_SaysWhy(string csv, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => Read(csv)).Message);

    [Fact]
    public void Record_OfOtherLength_CostsItselfAlone()
    {
        var told = new List<string>();
        var bad = new BadRecords(told.Add);

        var documents = Read("id,text\n1,\"a\nb\"\n2,b,c\n\n3\n4,d\n", badRecords: bad);

        Assert.Equal(["a\nb", "d"], documents.Select(document => document.Text));
        Assert.Equal(
            ["in: line 4 has 3 values, where the first one names 2 columns; left out",
                "in: line 6 has 1 value, where the first one names 2 columns; left out"],
            told);
        Assert.Throws<BadRecordException>(() => Read("id,text\n1,2,3\n"));
    }

    [Fact]
    public void Text_ThatIsNotUtf8_CostsItsRowAlone()
    {
        byte[] csv = [.. "text\na\nb"u8, 0xE9, .. "\nc\n"u8];

        var documents = Read(csv, new RecordColumns("text"));

        Assert.Equal(
            [UnscorableReason.None, UnscorableReason.InvalidUnicode, UnscorableReason.None],
            documents.Select(document => document.Fault));
        Assert.Equal("c", documents[2].Text);
    }

    [Fact]
    public void Columns_OfTheNewNames_AreRefused()
    {
        var columns = new RecordColumns("text") { Added = ("score", "int_score") };
        var fault = Assert.Throws<InvalidDataException>(() => Read("text,int_score\na,1\n"u8.ToArray(), columns));
        Assert.StartsWith("in: has a column 'int_score' already", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Id_NamedAndNotThere_IsRefused()
    {
        var columns = new RecordColumns("text", "key", RequiresId: true);
        var fault = Assert.Throws<InvalidDataException>(() => Read("text,id\na,1\n"u8.ToArray(), columns));
        Assert.Equal("in: has no column 'key', only text, id; name another with --id-column", fault.Message);
    }

    private static List<(string Text, UnscorableReason Fault, DocumentId? Id)> Read(
        string csv, BadRecords? badRecords = null) =>
        Read(Encoding.UTF8.GetBytes(csv), new RecordColumns("text", "id"), badRecords);

    private static List<(string Text, UnscorableReason Fault, DocumentId? Id)> Read(
        byte[] csv, RecordColumns columns, BadRecords? badRecords = null)
    {
        using var source = new RecordSource(new CsvReader(new MemoryStream(csv), "in", columns), badRecords);
        var documents = new List<(string, UnscorableReason, DocumentId?)>();
        while (source.Read(TestContext.Current.CancellationToken))
        {
            for (var i = 0; i < source.Count; i++)
                documents.Add((Encoding.UTF8.GetString(source.Text(i)), source.FaultOf(i), source.Id(i)));
        }

        return documents;
    }
}
