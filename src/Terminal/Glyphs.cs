using Spectre.Console;

namespace FineWebTorch.Terminal;

/// <summary>What a terminal's fonts can draw bars and charts with.</summary>
public sealed record Glyphs
{
    /// <summary>Block elements, as every terminal of today has them.</summary>
    public static Glyphs Blocks { get; } = new()
    {
        Mark = "…",
        Bar = ('█', '░'),
        ThinBar = ('━', '─'),
        Heights = "▁▂▃▄▅▆▇█",
        Rule = '─',
        To = "–",
    };

    /// <summary>For consoles whose fonts lack them.</summary>
    public static Glyphs Ascii { get; } = new()
    {
        Mark = "...",
        Bar = ('#', '.'),
        ThinBar = ('=', '-'),
        Heights = "_.-:=+*#",
        Rule = '-',
        To = "to",
    };

    /// <summary>At the place where something was cut off.</summary>
    public required string Mark { get; init; }

    /// <summary>What a bar is made of: where it is filled, and where not yet.</summary>
    public required (char Done, char Open) Bar { get; init; }

    /// <summary>The same for bars below each other, which do not run together.</summary>
    public required (char Done, char Open) ThinBar { get; init; }

    /// <summary>A cell that is filled from below, by equal steps; the last is full.</summary>
    public required string Heights { get; init; }

    /// <summary>The same for lines that stand below each other: none is full, so that they do not run together.</summary>
    public string LowHeights => Heights[..^1];

    public required char Rule { get; init; }

    /// <summary>Between the ends of a range.</summary>
    public required string To { get; init; }

    /// <summary>
    /// Linux' own console has few characters beside ASCII, and so have those of Windows before Windows Terminal, which
    /// leaves a variable.
    /// </summary>
    /// <param name="console">Tells whether it takes Unicode.</param>
    /// <param name="environment">Variables by name.</param>
    public static Glyphs Of(IAnsiConsole console, Func<string, string?> environment) =>
        console.Profile.Capabilities.Unicode && environment("TERM") != "linux" &&
        (!OperatingSystem.IsWindows() || environment("WT_SESSION") is not null || environment("TERM") is not null)
            ? Blocks
            : Ascii;
}
