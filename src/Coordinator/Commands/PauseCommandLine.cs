using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Control;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator pause</c> and <c>resume</c>.</summary>
internal static class PauseCommandLine
{
    public static Command CreatePause(TextWriter output) => new CommandTable<ControlCall>(
        [
            ControlCall.RunSetting,
            Setting.Flag<ControlCall>(
                "--now", "Workers give back what they hold, after the batch in flight",
                call => call with { Now = true }) with
            {
                Group = OptionGroup.Workers,
            },
            ControlCall.JsonSetting,
        ],
        async (call, context, interrupted) =>
        {
            var path = call.Now ? "pause/now" : "pause";
            var sent = await call.SendAsync(path, interrupted);
            return sent.Tell(output, call.Json, name => ControlWords.Of(path, name));
        })
    {
        Examples = ["coordinator pause --now", "coordinator pause --run runs/0123456789ab"],
    }.Complete(new Command("pause", "Give workers no more work until 'coordinator resume', also after a restart"));

    public static Command CreateResume(TextWriter output) => new CommandTable<ControlCall>(
        [ControlCall.RunSetting, ControlCall.JsonSetting],
        async (call, context, interrupted) =>
        {
            var sent = await call.SendAsync("resume", interrupted);
            if (sent is { IsLive: false, Answer.Refusal: not null })
                throw new UserErrorException(
                    $"the run is not paused, and no coordinator works on it; to go on: {call.CommandOfRun()}");
            var exitCode = sent.Tell(output, call.Json, name => ControlWords.Of("resume", name));
            if (sent is { IsLive: false } && !call.Json)
                output.WriteLine($"no coordinator works on the run; to go on: {call.CommandOfRun()}");
            return exitCode;
        })
    {
        Examples = ["coordinator resume", "coordinator resume --run runs/0123456789ab"],
    }.Complete(new Command("resume", "Give workers work again after 'coordinator pause'"));
}
