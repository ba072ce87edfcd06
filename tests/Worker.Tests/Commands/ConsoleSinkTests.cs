using System.Text.RegularExpressions;
using FineWebTorch.Telemetry.Logs;
using FineWebTorch.Worker.Session;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Tests.Commands;

public sealed partial class ConsoleSinkTests
{
    [Fact]
    public void Line_WithWhatACoordinatorSaid_IsOneAndMovesNoCursor()
    {
        var line = Shown(log => log.NotNow("\u001b]0;title\u0007\n\u202elater" + new string('x', 100_000)));

        Assert.Contains("no use for this worker now: ?]0;title???laterxxx", line, StringComparison.Ordinal);
        Assert.DoesNotContain(line, char.IsControl);
        Assert.InRange(line.Length, 5_000, 10_000);
    }

    [Fact]
    public void Line_OfValues_HasThemAsTheyAre() => Assert.Matches(
        OfAStart(), Shown(log => log.Connected(new Uri("http://head:5090"), "0a1b", "edu \"tiny\"", "fp32")));

    private static string Shown(Action<ILogger> act)
    {
        using var output = new StringWriter();
        using (var log = new ProgramLog(new LogSetup("worker", new LogOptions())
        {
            Console = new ConsoleSink(output, ConsoleSink.Timed),
        }))
            act(log.Logger("worker"));
        return output.ToString().TrimEnd();
    }

    [GeneratedRegex("^[0-9]{2}:[0-9]{2}:[0-9]{2} connected to http://head:5090/: run 0a1b, model edu \"tiny\", fp32$")]
    private static partial Regex OfAStart();
}
