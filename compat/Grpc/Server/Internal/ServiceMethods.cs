using System.Reflection;
using Grpc.Core;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Learns a service's methods from its generated code.</summary>
internal static class ServiceMethods
{
    public static IReadOnlyList<ServiceMethod> Find<TService>()
        where TService : class
    {
        var (serviceBase, attribute) = FindBase(typeof(TService));
        var bind = attribute.BindType.GetMethod(
            attribute.BindMethodName,
            BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic,
            [typeof(ServiceBinderBase), serviceBase])
            ?? throw new InvalidOperationException(
                $"Cannot bind service '{typeof(TService).Name}': {attribute.BindType} has no static method " +
                $"{attribute.BindMethodName}(ServiceBinderBase, {serviceBase.Name}).");
        var binder = new MethodBinder<TService>();
        // Without an instance the generated code names its methods and no handlers.
        bind.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [binder, null], null);
        return binder.Methods;
    }

    private static (Type ServiceBase, BindServiceMethodAttribute Attribute) FindBase(Type service)
    {
        for (var type = service; type is not null; type = type.BaseType)
        {
            if (type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false) is { } attribute)
                return (type, attribute);
        }

        throw new InvalidOperationException(
            $"Cannot bind service '{service.Name}': none of its base classes is generated from a service definition.");
    }
}
