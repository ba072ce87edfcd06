using System.Text;
using FineWebTorch.Model;
using FineWebTorch.Worker.Documents;
using FineWebTorch.Worker.Output;
using Spectre.Console;

namespace FineWebTorch.Worker.Tests.Output;

public sealed class ScoreWriterTests
{
    private static readonly ScoredDocument[] Documents =
    [
        new(0, default, 0.07964489f, 8),
        new(1, new DocumentExcerpt(new DocumentId("a,\"b\"\nc"), "First words"), 3.5f, 12),
        new(2, new DocumentExcerpt(new DocumentId("17", IsNumber: true), "Text"), -1.5E-05f, 512),
        new(3, new DocumentExcerpt(new DocumentId("Grün"), null), EduScore.Unscorable(UnscorableReason.NullText), 0),
        new(4, default, EduScore.Unscorable(UnscorableReason.InvalidUnicode), 0),
        new(5, default, EduScore.Unscorable(UnscorableReason.NotFinite), 7),
    ];

    [Fact]
    public void JsonLines_AreExact() => Assert.Equal(
        """
        {"row":0,"score":0.07964489,"int_score":0,"tokens":8}
        {"row":1,"id":"a,\"b\"\nc","score":3.5,"int_score":4,"tokens":12}
        {"row":2,"id":17,"score":-1.5E-05,"int_score":0,"tokens":512}
        {"row":3,"id":"Grün","score":null,"int_score":null,"tokens":0,"reason":"null_text"}
        {"row":4,"score":null,"int_score":null,"tokens":0,"reason":"invalid_unicode"}
        {"row":5,"score":null,"int_score":null,"tokens":7,"reason":"not_finite"}

        """,
        Write(stream => new JsonLinesScoreWriter(stream)));

    [Fact]
    public void Csv_IsExact() => Assert.Equal(
        "row,id,score,int_score,tokens,reason\n" +
        "0,,0.07964489,0,8,\n" +
        "1,\"a,\"\"b\"\"\nc\",3.5,4,12,\n" +
        "2,17,-1.5E-05,0,512,\n" +
        "3,Grün,,,0,null_text\n" +
        "4,,,,0,invalid_unicode\n" +
        "5,,,,7,not_finite\n",
        Write(stream => new CsvScoreWriter(stream)));

    [Fact]
    public void Table_WithoutTerminal_IsPlainAndFitsItsWidth()
    {
        var table = Write(stream =>
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(new StreamWriter(stream) { AutoFlush = true, NewLine = "\n" }),
            });
            console.Profile.Width = 60;
            return new TableScoreWriter(console);
        });

        var lines = table.Split('\n');
        Assert.Equal("     row     score  int  tokens  text", lines[0]);
        Assert.Equal("       1    3.5000    4      12  First words", lines[2]);
        Assert.Equal("       3         -    -       -  (the text is NULL)", lines[4]);
        Assert.All(lines, line => Assert.True(line.Length <= 60));
        Assert.DoesNotContain('\u001b', table);
    }

    [Theory]
    [InlineData("short", 10, "short")]
    [InlineData("exactly10!", 10, "exactly10!")]
    [InlineData("one too many", 10, "one too m…")]
    [InlineData("漢字漢字漢字", 10, "漢字漢字…")]
    [InlineData("漢字漢字漢", 10, "漢字漢字漢")]
    [InlineData("[bold]x[/]", 6, "[bold…")]
    public void Fit_CountsColumnsNotCharacters(string text, int width, string expected) =>
        Assert.Equal(expected, TableScoreWriter.Fit(text, width));

    private static string Write(Func<Stream, IScoreWriter> create)
    {
        using var stream = new MemoryStream();
        using var writer = create(stream);
        foreach (var document in Documents)
            writer.Write(document);
        writer.Complete();
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
