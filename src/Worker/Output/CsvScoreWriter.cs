using System.Text;
using nietras.SeparatedValues;

namespace FineWebTorch.Worker.Output;

/// <summary>
/// Comma-separated values as RFC 4180 has them, but with line feeds; always the same columns, empty where a row has
/// no value.
/// </summary>
internal sealed class CsvScoreWriter : IScoreWriter
{
    private readonly StreamWriter _text;
    private readonly SepWriter _rows;

    private readonly bool _namesFiles;

    /// <param name="namesFiles">The first column says of which input a row is.</param>
    public CsvScoreWriter(Stream stream, bool namesFiles = false)
    {
        _namesFiles = namesFiles;
        _text = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        _rows = Sep.New(',').Writer(options => options with { Escape = true }).To(_text, leaveOpen: true);
        if (namesFiles)
            _rows.Header.Add("file");
        _rows.Header.Add("row", "id", "score", "int_score", "tokens", "reason");
        _rows.Header.Write();
    }

    public void Write(in ScoredDocument document)
    {
        using var row = _rows.NewRow();
        if (_namesFiles)
            row["file"].Set(document.File ?? "");
        row["row"].Format(document.Row);
        row["id"].Set(document.Document.Id?.Text ?? "");
        if (document.IntScore is { } intScore)
        {
            row["score"].Format(document.Score);
            row["int_score"].Format(intScore);
        }
        else
        {
            row["score"].Set("");
            row["int_score"].Set("");
        }

        row["tokens"].Format(document.Tokens);
        row["reason"].Set(Reasons.Name(document.Reason) ?? "");
    }

    public void Flush()
    {
        _rows.Flush();
        _text.Flush();
    }

    public void Complete() => Flush();

    public void Dispose()
    {
        // Disposing the writers would flush into an output that may be gone.
    }
}
