using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FineWebTorch.Grpc.Tests;

public sealed class HostingTests
{
    [Fact]
    public async Task Service_NotRegistered_IsMadeForEachCallAndDisposed()
    {
        var log = new Log();
        await using var server = await StartAsync<DisposableService>(log);

        await server.Client.UnaryAsync(new Note()).ResponseAsync.InTime();
        await server.Client.UnaryAsync(new Note()).ResponseAsync.InTime();
        await server.DisposeAsync();

        Assert.Equal(["made", "called", "disposed", "made", "called", "disposed"], log.Events);
    }

    [Fact]
    public async Task Service_RegisteredAsSingleton_IsThatOneAndStaysAlive()
    {
        var log = new Log();
        await using var server = await StartAsync<DisposableService>(
            log, services => services.AddSingleton<DisposableService>());

        await server.Client.UnaryAsync(new Note()).ResponseAsync.InTime();
        await server.Client.UnaryAsync(new Note()).ResponseAsync.InTime();

        Assert.Equal(["made", "called", "called"], log.Events);
    }

    [Fact]
    public async Task Service_RegisteredAsScoped_IsOneForEachCall()
    {
        var log = new Log();
        await using var server = await StartAsync<DisposableService>(
            log, services => services.AddScoped<DisposableService>());

        await server.Client.UnaryAsync(new Note()).ResponseAsync.InTime();
        await server.Client.UnaryAsync(new Note()).ResponseAsync.InTime();
        await server.DisposeAsync();

        Assert.Equal(2, log.Events.Count(line => line == "made"));
        Assert.Equal(2, log.Events.Count(line => line == "disposed"));
    }

    [Fact]
    public async Task Context_OfAnyCall_KnowsItsRequest()
    {
        List<string> seen = [];
        await using var server = await TestServer.StartAsync(new()
        {
            Unary = (request, context) =>
            {
                var http = context.GetHttpContext();
                seen.AddRange([context.Method, context.Host, context.Peer, http.Request.Path]);
                seen.Add(http.GetEndpoint()!.Metadata.GetRequiredMetadata<GrpcMethodMetadata>().Method.Name);
                seen.Add(context.AuthContext.IsPeerAuthenticated.ToString());
                return Task.FromResult(request);
            },
        });

        await server.Client.UnaryAsync(new Note()).ResponseAsync.InTime();

        Assert.Equal("/fineweb.testing.Testing/Unary", seen[0]);
        Assert.Equal(server.Address.Authority, seen[1]);
        Assert.Matches("^ipv4:127\\.0\\.0\\.1:[0-9]+$", seen[2]);
        Assert.Equal("/fineweb.testing.Testing/Unary", seen[3]);
        Assert.Equal("Unary", seen[4]);
        Assert.Equal("False", seen[5]);
    }

    [Fact]
    public async Task Endpoints_Attributes_OfClassAndMethodBecomeMetadata()
    {
        await using var server = await StartAsync<GuardedService>(new Log());
        var endpoints = server.Services.GetRequiredService<EndpointDataSource>().Endpoints;

        var unary = EndpointOf("Unary");
        var duplex = EndpointOf("DuplexStreaming");

        Assert.Equal(
            ["workers", "writers"], unary.Metadata.GetOrderedMetadata<AuthorizeAttribute>().Select(a => a.Policy));
        Assert.Equal(["workers"], duplex.Metadata.GetOrderedMetadata<AuthorizeAttribute>().Select(a => a.Policy));
        Assert.Equal(typeof(GuardedService), unary.Metadata.GetMetadata<GrpcMethodMetadata>()!.ServiceType);

        Endpoint EndpointOf(string method) => endpoints.Single(
            endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.Name == method);
    }

    [Fact]
    public async Task MapGrpcService_Conventions_ReachEveryMethod()
    {
        await using var server = await TestServer.StartAsync(
            services => services.AddSingleton(new Handlers()).AddGrpc(),
            application => application.MapGrpcService<TestingService>().WithMetadata("mark"));

        var marked = server.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Where(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>() is not null)
            .Select(endpoint => endpoint.Metadata.GetMetadata<string>());

        Assert.Equal(["mark", "mark", "mark", "mark"], marked);
    }

    [Fact]
    public async Task MapGrpcService_WithoutAddGrpc_Throws()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => TestServer.StartAsync(_ => { }, application => application.MapGrpcService<TestingService>()));
    }

    [Fact]
    public async Task MapGrpcService_NotAService_Throws()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => TestServer.StartAsync(
            services => services.AddGrpc(), application => application.MapGrpcService<Handlers>()));
    }

    [Fact]
    public async Task ServiceOptions_OfOneService_OverrideThoseOfAll()
    {
        await using var server = await TestServer.StartAsync(
            services => services
                .AddSingleton(new Handlers { Unary = (request, _) => throw new InvalidDataException("row 7 is bad") })
                .AddGrpc(options =>
                {
                    options.EnableDetailedErrors = true;
                    options.MaxReceiveMessageSize = 1000;
                })
                .AddServiceOptions<TestingService>(options => options.MaxReceiveMessageSize = 10),
            application => application.MapGrpcService<TestingService>());

        var tooLarge = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Note { Text = new string('x', 100) }).ResponseAsync.InTime());
        var detailed = await Assert.ThrowsAsync<RpcException>(
            () => server.Client.UnaryAsync(new Note()).ResponseAsync.InTime());

        Assert.Equal(StatusCode.ResourceExhausted, tooLarge.StatusCode);
        Assert.Contains("row 7 is bad", detailed.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UserState_SetByMiddleware_IsSeenByTheHandler()
    {
        object? seen = null;
        var handlers = new Handlers
        {
            Unary = (request, context) =>
            {
                seen = context.UserState["who"];
                return Task.FromResult(request);
            },
        };
        await using var server = await TestServer.StartAsync(
            services => services.AddSingleton(handlers).AddGrpc(),
            application =>
            {
                application.Use((http, next) =>
                {
                    http.Items["who"] = "worker 1";
                    return next();
                });
                application.UseRouting();
                application.MapGrpcService<TestingService>();
            });

        await server.Client.UnaryAsync(new Note()).ResponseAsync.InTime();

        Assert.Equal("worker 1", seen);
    }

    private static Task<TestServer> StartAsync<TService>(Log log, Action<IServiceCollection>? configure = null)
        where TService : class => TestServer.StartAsync(
            services =>
            {
                services.AddSingleton(log).AddGrpc();
                configure?.Invoke(services);
            },
            application => application.MapGrpcService<TService>());

    private sealed class Log
    {
        public List<string> Events { get; } = [];
    }

    private sealed class DisposableService : Testing.TestingBase, IAsyncDisposable
    {
        private readonly Log _log;

        public DisposableService(Log log)
        {
            _log = log;
            log.Events.Add("made");
        }

        public override Task<Note> Unary(Note request, ServerCallContext context)
        {
            _log.Events.Add("called");
            return Task.FromResult(request);
        }

        public ValueTask DisposeAsync()
        {
            _log.Events.Add("disposed");
            return ValueTask.CompletedTask;
        }
    }

    [Authorize("workers")]
    private sealed class GuardedService : Testing.TestingBase
    {
        [Authorize("writers")]
        public override Task<Note> Unary(Note request, ServerCallContext context) => Task.FromResult(request);
    }
}
