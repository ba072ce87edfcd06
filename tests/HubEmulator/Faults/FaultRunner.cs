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
        {
            var real = context.Response.Body;
            context.Response.Body = new MemoryStream();
            await handle().ConfigureAwait(false);
            context.Response.Body = real;
            context.Response.Clear();
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
        context.Response.OnStarting(() =>
        {
            foreach (var (name, value) in fault.ReplaceHeaders)
                context.Response.Headers[name] = value.Length == 0 ? default : value;
            return Task.CompletedTask;
        });
        context.Response.Body = new FaultyBody(context, context.Response.Body, fault);
        await handle().ConfigureAwait(false);
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
