using System.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Binds each method that the generated code names to the service's handler of that name.</summary>
internal sealed class MethodBinder<TService> : ServiceBinderBase
    where TService : class
{
    private readonly List<ServiceMethod> _methods = [];

    public IReadOnlyList<ServiceMethod> Methods => _methods;

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var call = FindHandler<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>(method);
        Add(method, call.Method, Invoke);

        async Task Invoke(HttpServerCallContext context)
        {
            var request = await context.ReadSingleAsync(method.RequestMarshaller).ConfigureAwait(false);
            await using var service = ServiceInstance<TService>.Create(context.HttpContext.RequestServices);
            var response = await call(service.Value, request, context).ConfigureAwait(false);
            await context.WriteSingleAsync(method.ResponseMarshaller, response).ConfigureAwait(false);
        }
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var call = FindHandler<
            Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>>(method);
        Add(method, call.Method, Invoke);

        async Task Invoke(HttpServerCallContext context)
        {
            await using var requests = new ServerStreamReader<TRequest>(context, method.RequestMarshaller);
            await using var service = ServiceInstance<TService>.Create(context.HttpContext.RequestServices);
            var response = await call(service.Value, requests, context).ConfigureAwait(false);
            await context.WriteSingleAsync(method.ResponseMarshaller, response).ConfigureAwait(false);
        }
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var call = FindHandler<
            Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(method);
        Add(method, call.Method, Invoke);

        async Task Invoke(HttpServerCallContext context)
        {
            var request = await context.ReadSingleAsync(method.RequestMarshaller).ConfigureAwait(false);
            using var responses = new ServerStreamWriter<TResponse>(context, method.ResponseMarshaller);
            await using var service = ServiceInstance<TService>.Create(context.HttpContext.RequestServices);
            await call(service.Value, request, responses, context).ConfigureAwait(false);
        }
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var call = FindHandler<Func<
            TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(method);
        Add(method, call.Method, Invoke);

        async Task Invoke(HttpServerCallContext context)
        {
            await using var requests = new ServerStreamReader<TRequest>(context, method.RequestMarshaller);
            using var responses = new ServerStreamWriter<TResponse>(context, method.ResponseMarshaller);
            await using var service = ServiceInstance<TService>.Create(context.HttpContext.RequestServices);
            await call(service.Value, requests, responses, context).ConfigureAwait(false);
        }
    }

    /// <typeparam name="THandler">The handler's signature, the service first.</typeparam>
    private static THandler FindHandler<THandler>(IMethod method)
        where THandler : Delegate
    {
        var parameters = typeof(THandler).GetMethod("Invoke")!.GetParameters();
        var handler = typeof(TService).GetMethod(
            method.Name, [.. parameters.Skip(1).Select(parameter => parameter.ParameterType)])
            ?? throw new InvalidOperationException($"Could not find '{method.Name}' on {typeof(TService)}.");
        return handler.CreateDelegate<THandler>();
    }

    private void Add(IMethod method, MethodInfo handler, Func<HttpServerCallContext, Task> invoke)
    {
        object[] metadata =
        [
            .. typeof(TService).GetCustomAttributes(inherit: true),
            .. handler.GetCustomAttributes(inherit: true),
            new HttpMethodMetadata(["POST"]),
            new GrpcMethodMetadata(typeof(TService), method),
        ];
        _methods.Add(new ServiceMethod(method, invoke, metadata));
    }
}
