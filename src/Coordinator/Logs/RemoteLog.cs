using System.Runtime.CompilerServices;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using FineWebTorch.Telemetry.Logs;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Coordinator.Logs;

/// <summary>
/// Keeps in the coordinator's log what workers elsewhere warn of. It is the text of others: checked, cleaned, and so much a
/// second, of one worker and of all. Used by one thread at a time.
/// </summary>
/// <param name="keepsItsOwn">Whether a worker's log lies beside this one already.</param>
internal sealed class RemoteLog(ProgramLog log, TimeProvider time, Func<RunWorker, bool> keepsItsOwn)
{
    private readonly ConditionalWeakTable<RunWorker, Said> _workers = [];

    private readonly LineBudget _all = new(time, most: 500, perSecond: 50);

    public void Take(RunWorker worker, LogLines lines)
    {
        if (keepsItsOwn(worker))
            return;
        var said = _workers.GetValue(worker, _ => new Said(new LineBudget(time, most: 100, perSecond: 5)));
        said.LeftOut += lines.LeftOut;
        foreach (var line in lines.Lines)
        {
            if (said.Budget.TryTake() && _all.TryTake())
                Say(worker, said, line);
            else
                said.LeftOut++;
        }
    }

    private void Say(RunWorker worker, Said said, LogLines.Types.Line line)
    {
        var facts = new LogFacts { Worker = worker.Name, Program = "worker" };
        if (said.LeftOut > 0)
            log.Say(
                LogLevel.Warning, $"{said.LeftOut} lines that this worker warned of before were left out: its own log has them",
                facts with { Event = "lines_lost" });
        said.LeftOut = 0;
        log.Say(
            line.IsError ? LogLevel.Error : LogLevel.Warning, MessageChecks.Clean(line.Message), facts with
            {
                Lease = OrNull(line.Lease),
                File = OrNull(line.File),
                SaidAt = TimeOf(line.UnixMilliseconds),
            });
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    /// <returns>Null where its clock shows what no clock does.</returns>
    private static string? TimeOf(long unixMilliseconds) => unixMilliseconds is > 0 and < 253_402_300_799_999
        ? LogLine.TimeText(DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds))
        : null;

    private sealed class Said(LineBudget budget)
    {
        public LineBudget Budget => budget;

        public ulong LeftOut { get; set; }
    }
}

/// <summary>So many lines at once, and so many a second.</summary>
internal sealed class LineBudget
{
    private readonly TimeProvider _time;
    private readonly double _most;
    private readonly double _perSecond;
    private double _left;
    private long _at;

    public LineBudget(TimeProvider time, double most, double perSecond)
    {
        (_time, _most, _perSecond, _left) = (time, most, perSecond, most);
        _at = time.GetTimestamp();
    }

    public bool TryTake()
    {
        var now = _time.GetTimestamp();
        _left = Math.Min(_most, _left + (_perSecond * _time.GetElapsedTime(_at, now).TotalSeconds));
        _at = now;
        if (_left < 1)
            return false;
        _left--;
        return true;
    }
}
