using System.Runtime.CompilerServices;

namespace FineWebTorch.Grpc.Tests.Infrastructure;

internal static class TaskExtensions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Fails, saying what was awaited, instead of hanging for ever.</summary>
    public static async Task<T> InTime<T>(
        this Task<T> task, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        await ((Task)task).InTime(what);
        return await task;
    }

    /// <inheritdoc cref="InTime{T}"/>
    public static async Task InTime(this Task task, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        if (await Task.WhenAny(task, Task.Delay(Patience)) != task)
            throw new TimeoutException($"Not within {Patience.TotalSeconds} s: {what}");
        await task;
    }
}
