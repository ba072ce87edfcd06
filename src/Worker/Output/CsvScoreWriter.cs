using System.Buffers;
using System.Globalization;
using System.Text;

namespace FineWebTorch.Worker.Output;

/// <summary>
/// Comma-separated values as RFC 4180 has them, but with line feeds; always the same columns, empty where a row has
/// no value.
/// </summary>
internal sealed class CsvScoreWriter : IScoreWriter
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    private readonly StreamWriter _text;

    public CsvScoreWriter(Stream stream)
    {
        _text = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        _text.WriteLine("row,id,score,int_score,tokens,reason");
    }

    public void Write(in ScoredDocument document)
    {
        var score = document.IntScore is null ? "" : document.Score.ToString("R", CultureInfo.InvariantCulture);
        var id = Quote(document.Document.Id?.Text ?? "");
        _text.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{document.Row},{id},{score},{document.IntScore},{document.Tokens},{Reasons.Name(document.Reason)}"));
    }

    public void Flush() => _text.Flush();

    public void Complete() => _text.Flush();

    public void Dispose()
    {
        // Disposing the writer would flush into an output that may be gone.
    }

    private static string Quote(string text) => text.AsSpan().ContainsAny(Special)
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : text;
}
