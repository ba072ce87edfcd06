using System.Text;
using Spectre.Console;

namespace FineWebTorch.Terminal;

/// <summary>
/// A writer whose lines pass by above one that is drawn again twice a second. A terminal that Ctrl-S holds up holds up who
/// writes a line, as it does without this.
/// </summary>
public sealed class LiveLine : TextWriter
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly IAnsiConsole _console;
    private readonly LiveScreen _screen;
    private readonly ITimer _timer;
    private bool _hasEnded;

    public LiveLine(IAnsiConsole console, TimeProvider time)
    {
        (_console, _screen) = (console, new LiveScreen(console));
        _timer = time.CreateTimer(_ => Draw(), null, Interval, Interval);
    }

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>The line for so many cells; null while there is none.</summary>
    public Func<int, ViewLine?> Line { get; set; } = _ => null;

    /// <inheritdoc cref="Terminals.Of"/>
    public static LiveLine? On(TextWriter output, TimeProvider time) =>
        Terminals.Of(output) is { } console ? new LiveLine(console, time) : null;

    /// <summary>What the terminal can draw with.</summary>
    public Glyphs Glyphs => Glyphs.Of(_console, Environment.GetEnvironmentVariable);

    /// <summary>Of a line end; texts come as lines.</summary>
    public override void Write(char value)
    {
        if (value != '\n')
            WriteLine(value.ToString());
    }

    public override void WriteLine(string? value)
    {
        lock (_lock)
            _screen.Print(new ViewLine().Add(value ?? ""));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _timer.Dispose();
            lock (_lock)
            {
                _hasEnded = true;
                _screen.Clear();
            }
        }

        base.Dispose(disposing);
    }

    private void Draw()
    {
        // Who writes now draws it, too.
        if (!_lock.TryEnter())
            return;
        try
        {
            if (!_hasEnded)
                _screen.Draw(Line(_console.Profile.Width - 1) is { } line ? [line] : []);
        }
        catch (IOException)
        {
            // The terminal has gone.
        }
        finally
        {
            _lock.Exit();
        }
    }
}
