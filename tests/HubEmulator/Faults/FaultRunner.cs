using System.Text;
using Microsoft.AspNetCore.Http;

namespace FineWebTorch.HubEmulator;

/// <summary>Handles a request the way a fault wants it.</summary>
internal static class FaultRunner
{
    public static async Task RunAsync(Exchange exchange, Fault fault, Func<Task> handle)
    {
        var context = exchange.Context;
        if (fault.ApplyFirst)
            await ApplyAsync(context, handle).ConfigureAwait(false);
        if (fault.Until is { } until)
        {
            fault.Reached?.TrySetResult();
            await until.WaitAsync(context.RequestAborted).ConfigureAwait(false);
        }
        if ((fault.Reset && fault.CutAfter is null) || (fault.ApplyFirst && fault.Status is null))
        {
            context.Abort();
            return;
        }
        if (fault.Status is { } status)
        {
            await AnswerAsync(exchange, fault, status).ConfigureAwait(false);
            return;
        }
        if (fault.IgnoreRange)
            context.Request.Headers.Remove("Range");
        if (fault.StopReadingAt is { } bytes)
            context.Request.Body = new UnreadBody(context, context.Request.Body, bytes, fault.Reached);
        if (fault.Answered is { } answered)
            context.Response.OnCompleted(() => Task.FromResult(answered.TrySetResult()));
        context.Response.OnStarting(() =>
        {
            foreach (var (name, value) in fault.ReplaceHeaders)
                context.Response.Headers[name] = value.Length == 0 ? default : value;
            return Task.CompletedTask;
        });
        context.Response.Body = new FaultyBody(context, context.Response.Body, fault);
        await handle().ConfigureAwait(false);
    }

    /// <summary>Handles the request for its effect alone.</summary>
    private static async Task ApplyAsync(HttpContext context, Func<Task> handle)
    {
        var real = context.Response.Body;
        context.Response.Body = new MemoryStream();
        await handle().ConfigureAwait(false);
        context.Response.Body = real;
        context.Response.Clear();
    }

    private static Task AnswerAsync(Exchange exchange, Fault fault, int status)
    {
        var response = exchange.Response;
        response.StatusCode = status;
        foreach (var (name, value) in fault.Headers)
            response.Headers[name] = value;
        var body = fault.Body ?? """{"error":"a planned fault"}""";
        response.ContentType ??= body.StartsWith('<') ? "text/html" : "application/json";
        return exchange.BytesAsync(Encoding.UTF8.GetBytes(body));
    }
}
