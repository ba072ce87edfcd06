using System.Text;

namespace FineWebTorch.Coordinator.Console;

/// <summary>
/// Standard error, but where a display is drawn on the same terminal: then lines pass by above that, which would draw over
/// them else.
/// </summary>
internal sealed class ErrorLines(TextWriter error) : TextWriter
{
    private volatile ReportQueue? _display;

    public override Encoding Encoding => error.Encoding;

    /// <summary>Of a line end; texts come as lines.</summary>
    public override void Write(char value) => error.Write(value);

    public override void WriteLine(string? value)
    {
        if (_display is { } display)
            display.Say(value ?? "");
        else
            error.WriteLine(value);
    }

    public override void Flush() => error.Flush();

    /// <param name="display">Gets the lines from now on; null for standard error.</param>
    public void PassTo(ReportQueue? display) => _display = display;
}
