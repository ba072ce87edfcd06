using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The endpoints of a service: one a method, and those that say what is not there.</summary>
internal static class ServiceEndpoints
{
    private const string UnknownService = "unimplementedService";
    private const string UnknownMethod = "unimplementedMethod";

    public static IReadOnlyList<IEndpointConventionBuilder> Map<TService>(
        IEndpointRouteBuilder builder, MappedServices mapped)
        where TService : class
    {
        var settings = CallSettings.Of<TService>(builder.ServiceProvider);
        var logger = builder.ServiceProvider.GetRequiredService<ILoggerFactory>()
            .CreateLogger("Grpc.AspNetCore.Server.ServerCallHandler");
        var methods = ServiceMethods.Find<TService>();
        List<IEndpointConventionBuilder> endpoints = [];
        foreach (var method in methods)
        {
            var handler = new CallHandler(method.Method.Type, method.Invoke, settings, logger);
            var endpoint = builder.Map(method.Method.FullName, handler.HandleAsync);
            endpoint.WithDisplayName($"gRPC - {method.Method.FullName}").WithMetadata([.. method.Metadata]);
            endpoints.Add(endpoint);
        }

        foreach (var service in methods.Select(method => method.Method.ServiceName).Distinct())
            MapUnknown(builder, $"/{service}/{{{UnknownMethod}}}", "Method is unimplemented.");
        if (!settings.IgnoreUnknownServices && mapped.BeginToAnswerUnknownServices())
            MapUnknown(builder, $"/{{{UnknownService}}}/{{{UnknownMethod}}}", "Service is unimplemented.");
        return endpoints;
    }

    private static void MapUnknown(IEndpointRouteBuilder builder, string pattern, string detail)
    {
        var constraint = new RouteValueDictionary { [UnknownMethod] = new GrpcRequestConstraint() };
        builder.Map(RoutePatternFactory.Parse(pattern, defaults: null, constraint), Answer)
            .WithDisplayName($"gRPC - {detail}");

        Task Answer(HttpContext http)
        {
            if (RequestCheck.Refuse(http)) return Task.CompletedTask;
            http.Response.ContentType = ProtocolHeaders.ContentType;
            http.Response.Headers.SetStatus(new Status(StatusCode.Unimplemented, detail));
            return Task.CompletedTask;
        }
    }

    /// <summary>Leaves requests that are not gRPC's to other endpoints.</summary>
    private sealed class GrpcRequestConstraint : IRouteConstraint
    {
        public bool Match(
            HttpContext? httpContext,
            IRouter? route,
            string routeKey,
            RouteValueDictionary values,
            RouteDirection routeDirection) =>
            httpContext is not null && HttpMethods.IsPost(httpContext.Request.Method)
            && ProtocolHeaders.IsGrpcContentType(httpContext.Request.ContentType);
    }
}
