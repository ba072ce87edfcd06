using System.Globalization;
using System.Text;
using Spectre.Console;

namespace FineWebTorch.Worker.Output;

/// <summary>
/// A table for people, written line by line so that a long input needs no memory: widths are fixed, and the text takes
/// what is left of the line.
/// </summary>
internal sealed class TableScoreWriter : IScoreWriter
{
    private const int MinTextWidth = 10;

    private readonly IAnsiConsole _console;
    private const int IdWidth = 20;

    private readonly bool _showsIds;
    private readonly int _textWidth;
    private string? _file;

    /// <param name="console">Its profile decides about width and colour.</param>
    /// <param name="showsIds">A column for them, cut where they are long.</param>
    public TableScoreWriter(IAnsiConsole console, bool showsIds = false)
    {
        _console = console;
        _showsIds = showsIds;
        var header = $"{"row",8}  {"score",8}  {"int",3}  {"tokens",6}  ";
        if (_showsIds)
            header += $"{"id",-IdWidth}  ";
        _textWidth = Math.Max(MinTextWidth, console.Profile.Width - header.Length - 1);
        _console.MarkupLine($"[bold]{header}text[/]");
    }

    public void Write(in ScoredDocument document)
    {
        if (document.File != _file)
            _console.MarkupLine($"[bold]{(_file = document.File).EscapeMarkup()}[/]");
        var row = string.Create(CultureInfo.InvariantCulture, $"{document.Row,8}");
        var id = _showsIds ? Padded(Fit(document.Document.Id?.Text ?? "", IdWidth)).EscapeMarkup() + "  " : "";
        if (document.IntScore is { } intScore)
        {
            var numbers = string.Create(
                CultureInfo.InvariantCulture, $"{document.Score,8:F4}  {intScore,3}  {document.Tokens,6}");
            var text = Fit(document.Document.FirstWords ?? "", _textWidth).EscapeMarkup();
            _console.MarkupLine($"{row}  [{Colour(intScore)}]{numbers}[/]  {id}{text}");
        }
        else
        {
            var reason = Reasons.Describe(document.Reason);
            _console.MarkupLine($"{row}  {"-",8}  {"-",3}  {"-",6}  {id}[grey]({reason})[/]");
        }
    }

    public void Flush()
    {
    }

    public void Complete()
    {
    }

    public void Dispose()
    {
    }

    /// <summary>As much of a line as fits into so many columns; wide characters take two.</summary>
    internal static string Fit(string text, int width)
    {
        if (text.GetCellWidth() <= width)
            return text;
        var line = new StringBuilder();
        var used = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var cells = rune.ToString().GetCellWidth();
            if (used + cells > width - 1)
                break;
            line.Append(rune);
            used += cells;
        }

        return line.ToString().TrimEnd() + "…";
    }

    private static string Padded(string id) => id + new string(' ', Math.Max(0, IdWidth - id.GetCellWidth()));

    private static string Colour(int intScore) => intScore switch
    {
        >= 3 => "green",
        2 => "yellow",
        _ => "default",
    };
}
