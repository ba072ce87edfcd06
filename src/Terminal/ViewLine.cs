using Spectre.Console;
using Spectre.Console.Rendering;

namespace FineWebTorch.Terminal;

/// <summary>A line of text in one or more styles.</summary>
public sealed class ViewLine
{
    private readonly List<Segment> _segments = [];

    public IReadOnlyList<Segment> Segments => _segments;

    /// <summary>Places that it takes on a terminal: some characters take two.</summary>
    public int Cells { get; private set; }

    /// <summary>Control characters, which names of files may hold, are shown as a question mark.</summary>
    public ViewLine Add(string text, Style? style = null)
    {
        var clean = CellText.Clean(text);
        if (clean.Length > 0)
            _segments.Add(new Segment(clean, style ?? Style.Plain));
        Cells += CellText.Width(clean);
        return this;
    }

    /// <summary>Another line behind this one.</summary>
    public ViewLine Add(ViewLine more)
    {
        _segments.AddRange(more._segments);
        Cells += more.Cells;
        return this;
    }

    /// <summary>Blanks up to a width.</summary>
    public ViewLine PadTo(int cells) => Add(new string(' ', Math.Max(0, cells - Cells)));

    /// <summary>The beginning of it, or all where it fits.</summary>
    public ViewLine CutTo(int cells)
    {
        var line = new ViewLine();
        foreach (var segment in _segments)
            line.Add(CellText.Start(segment.Text, cells - line.Cells, mark: ""), segment.Style);
        return line;
    }

    public override string ToString() => string.Concat(_segments.Select(segment => segment.Text));
}
