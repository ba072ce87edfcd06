using Spectre.Console;
using Spectre.Console.Rendering;

namespace FineWebTorch.Terminal;

/// <summary>
/// The last lines of a terminal, drawn again and again, with other lines passing by above them. Spectre.Console's own
/// live display does not erase what a shorter line leaves of a longer one. Used by one thread at a time.
/// </summary>
public sealed class LiveScreen(IAnsiConsole console)
{
    private const string EraseLine = "\e[K";
    private const string EraseBelow = "\e[J";

    /// <summary>
    /// Terminals that know of it show what comes until the end at once; the cursor is hidden as long, and never longer, so
    /// that however the process ends, it leaves one that is seen.
    /// </summary>
    private const string Begin = "\e[?2026h\e[?25l";

    private const string End = "\e[?25h\e[?2026l";

    /// <summary>Cells of each line that stands there.</summary>
    private IReadOnlyList<int> _drawn = [];

    private IReadOnlyList<ViewLine> _lines = [];
    private int _width;

    /// <summary>Takes the place of the lines that stand there.</summary>
    /// <param name="lines">Each shorter than the terminal is wide, all of them fewer than it is high.</param>
    public void Draw(IReadOnlyList<ViewLine> lines)
    {
        _lines = lines;
        Write([], eraseFirst: console.Profile.Width != _width);
    }

    /// <summary>Writes a line above those; a long one is wrapped by the terminal.</summary>
    public void Print(ViewLine line) => Write([line], eraseFirst: true);

    /// <summary>Nothing stands there any more.</summary>
    public void Clear()
    {
        _lines = [];
        if (_drawn.Count > 0)
            Write([], eraseFirst: true);
    }

    /// <summary>One write, so that no one sees half of it.</summary>
    private void Write(IReadOnlyList<ViewLine> above, bool eraseFirst)
    {
        _width = console.Profile.Width;
        var segments = new List<Segment>
        {
            Segment.Control(Begin + ToFirst(_width) + (eraseFirst ? EraseBelow : "")),
        };
        foreach (var line in above)
            segments.AddRange([.. line.Segments, Segment.LineBreak]);
        foreach (var line in _lines)
            segments.AddRange([.. line.Segments, Segment.Control(EraseLine), Segment.LineBreak]);
        segments.Add(Segment.Control(EraseBelow + End));
        console.Write(new Frame(segments));
        _drawn = [.. _lines.Select(line => line.Cells)];
    }

    /// <summary>
    /// Terminals wrap anew what stands there when they get narrower, so that lines take more rows than were written.
    /// </summary>
    private string ToFirst(int width)
    {
        var rows = _drawn.Sum(cells => Math.Max(1, (cells + width - 1) / width));
        return rows == 0 ? "\r" : $"\r\e[{rows}A";
    }

    /// <summary>Not measured, not wrapped: it knows the terminal.</summary>
    private sealed class Frame(IReadOnlyList<Segment> segments) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => new(0, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => segments;
    }
}
